"use strict";
// Shows traces; their form is documented in outlay/bench/trace.py. Texts come from models, so none is ever read as HTML.
const outlayTraces = (() => {
  const SMALL = 200, LARGE = 1000;

  // An element; settings are attributes, handlers as in onclick, and style properties. Children that are not there are left out.
  function make(tag, settings = {}, ...children) {
    const made = document.createElementNS(`http://www.w3.org/${tag.startsWith("svg:") ? "2000/svg" : "1999/xhtml"}`, tag.replace("svg:", ""));
    for (const [name, value] of Object.entries(settings)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "style") Object.entries(value).forEach(([property, amount]) => made.style.setProperty(property, amount));
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter(child => child !== null && child !== undefined && child !== false));
    return made;
  }

  const thousands = number => number.toLocaleString("en", { maximumFractionDigits: 9 });
  const count = (number, noun) => `${thousands(number)} ${noun}${number === 1 ? "" : "s"}`;
  const mark = correct => correct === true ? "✓" : correct === false ? "✗" : "";
  const rightness = correct => correct === true ? "right" : correct === false ? "wrong" : "";
  const told = ({ value, correct }) => value === null || value === undefined ? "no answer" : `${value} ${mark(correct)}`.trim();
  const line = text => text.trim().replace(/\s*\n\s*/g, " ⏎ ") || "(nothing)";
  const digits = score => score > 0 && score < .01 ? score.toFixed(3) : score.toFixed(2);

  async function load(id) {
    const packed = document.getElementById(id).textContent.trim();
    const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // Adds to nodes and talks what stands below and above them, whether they are on the answer's path, and whether they led nowhere.
  function prepare(trace) {
    const nodes = trace.nodes, marks = { children: [], talks: [] };
    const talks = trace.talks.map(talk => ({ ...talk, ...structuredClone(marks), question: true }));
    nodes.forEach((node, id) => {
      Object.assign(node, structuredClone(marks), { id, above: node.parent === null ? talks[node.talk] : nodes[node.parent] });
      node.above.children.push(node);
      node.score = (node.verdicts ?? []).findLast(verdict => verdict.score !== null)?.score ?? null;
    });
    const held = talks.filter(talk => talk.children.length || talk.missing);
    for (const talk of held.filter(one => one.quotes !== undefined)) {
      talk.above = nodes[talk.quotes];
      talk.above.talks.push(talk);
    }
    for (let place = nodes[trace.answer?.node]; place; place = place.above) place.path = true;
    for (const node of nodes.toReversed()) {
      const ended = node.children.length > 0 && node.children.every(child => child.dead);
      node.dead = !node.path && !node.talks.length && (node.dropped === true || ended);
    }
    for (const place of [...talks, ...nodes]) {
      const texts = new Set();
      for (const child of place.children) {
        child.duplicate = child.dropped === true && texts.has(child.text);
        texts.add(child.text);
      }
    }
    return { trace, nodes, talks: held };
  }

  {% include "trace_pictures.js" %}
  {% include "trace_items.js" %}
  {% include "trace_facts.js" %}

  // Fills an element with a trace.
  function show(element, trace) {
    const view = prepare(trace), answer = view.nodes[trace.answer?.node];
    const aside = make("aside", { class: "trace-detail", "aria-live": "polite", "aria-label": "the chosen step" });
    const items = new Items(view, chosen => {
      aside.replaceChildren(...detail(view, chosen, other => items.goTo(other)));
      for (const dot of element.querySelectorAll(".dot")) dot.classList.toggle("chosen", dot.dataset.node === String(chosen.id));
    });
    const choose = id => items.goTo(view.nodes[id]);
    const picture = genealogy(view, choose) ?? treePicture(view, choose);
    const panes = make("div", { class: "trace-panes" }, items.element, aside);
    element.classList.add("trace");
    element.replaceChildren(...[facts(view), picture, tools(view, items, answer), panes, changes(view, choose)].filter(Boolean));
    const many = view.nodes.length;
    items.arrange(node => many <= SMALL || node.question || node.path || (many <= LARGE && !node.dead));
    const first = answer ?? view.talks[0];
    if (first) items.goTo(first, false);
    else panes.replaceChildren("Nothing was sampled.");
  }

  function tools(view, items, answer) {
    const button = (text, act) => make("button", { type: "button", onclick: act }, text);
    const hide = event => items.element.classList.toggle("living", event.target.checked);
    return make("div", { class: "trace-tools" },
      answer && button("to the answer", () => items.goTo(answer)),
      button("open all", () => items.arrange(() => true)),
      button("close all", () => items.arrange(node => node.question)),
      view.nodes.some(node => node.dead) && make("label", {}, make("input", { type: "checkbox", onchange: hide }), "hide what led nowhere"),
      make("span", { class: "keys" }, "arrow keys move, Enter opens"));
  }

  return { load, show };
})();
for (const place of document.querySelectorAll("[data-show-trace]"))
  outlayTraces.load(place.dataset.showTrace).then(trace => outlayTraces.show(place, trace));
