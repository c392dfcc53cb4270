"use strict";
// Shows traces; their form is documented in outlay/bench/trace.py. Texts come from models, so none is ever read as HTML.
const outlayTraces = (() => {
  const SMALL = 200, MOST_DRAWN = 1000;

  function make(tag, settings = {}, ...children) {
    const made = tag.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "style") for (const [property, amount] of Object.entries(value)) made.style.setProperty(property, amount);
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter(child => child !== null && child !== undefined && child !== false));
    return made;
  }
  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const mark = correct => correct === true ? " ✓" : correct === false ? " ✗" : "";
  const told = ({ value, correct }) => shown(value) + (value === null || value === undefined ? "" : mark(correct));
  const verdictClass = correct => correct === true ? "right" : correct === false ? "wrong" : "";
  const line = text => text.trim().replace(/\s*\n\s*/g, " ⏎ ") || "(nothing)";
  const shown = value => value === null || value === undefined ? "no answer" : value;

  async function load(id) {
    const packed = document.getElementById(id).textContent.trim();
    const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // Adds to each node what the pictures and the tree need: children, whether it is on the answer's path, whether it led nowhere.
  function prepare(trace) {
    const nodes = trace.nodes;
    const talks = trace.talks.map((talk, number) => ({ ...talk, talk: number, children: [], talks: [], question: true }));
    nodes.forEach((node, id) => {
      node.id = id;
      node.children = [];
      node.talks = [];
      node.above = node.parent === null ? talks[node.talk] : nodes[node.parent];
      node.above.children.push(node);
      const judged = (node.verdicts ?? []).filter(verdict => verdict.score !== null);
      node.score = judged.length ? judged[judged.length - 1].score : null;
    });
    for (const talk of talks)
      if (talk.quotes !== undefined && (talk.children.length || talk.missing)) {
        talk.above = nodes[talk.quotes];
        talk.above.talks.push(talk);
      }
    for (let place = nodes[trace.answer?.node]; place; place = place.above) place.path = true;
    for (const node of [...nodes].reverse())
      node.dead = !node.path && !node.talks.length && (node.dropped || (node.children.length > 0 && node.children.every(child => child.dead)));
    for (const place of [...talks, ...nodes]) {
      const first = new Map();
      for (const child of place.children) {
        const before = first.get(child.text);
        if (before && child.dropped) child.duplicate = true;
        first.set(child.text, before ?? child);
      }
    }
    return { trace, nodes, talks: talks.filter(talk => talk.children.length || talk.missing) };
  }

  function whole(node) {
    const texts = [];
    for (let one = node.above; !one.question; one = one.above) texts.unshift(one.text);
    return texts.join("");
  }

  function facts({ trace }) {
    const cost = trace.cost, tokens = name => cost[name] ?? 0, all = make("dl", { class: "trace-facts" });
    const add = (name, ...value) => all.append(make("div", {}, make("dt", {}, name), make("dd", {}, ...value)));
    const answer = trace.answer;
    add("answer", make("b", { class: verdictClass(answer?.correct) }, told(answer ?? {})));
    if (trace.reference !== null && answer?.correct !== true) add("right is", trace.reference);
    if (typeof answer?.confidence === "number") add("confidence", answer.confidence.toFixed(2));
    add("ended by", trace.stopped_by);
    const paid = tokens("prompt_tokens") + tokens("completion_tokens") + tokens("verifier_tokens");
    add("tokens", `${paid.toLocaleString("en")} (prompt ${tokens("prompt_tokens").toLocaleString("en")}, completion ${tokens("completion_tokens").toLocaleString("en")}, verifier ${tokens("verifier_tokens").toLocaleString("en")})`);
    if (tokens("cached_tokens")) add("cached", tokens("cached_tokens").toLocaleString("en"));
    add("samples", tokens("samples").toLocaleString("en"));
    add("calls", tokens("calls").toLocaleString("en"));
    if (cost.dollars) add("dollars", cost.dollars.toFixed(6));
    const lost = tokens("completion_tokens") - trace.nodes.reduce((sum, node) => sum + (node.tokens ?? 0), 0);
    const left = trace.left_out;
    if (left.nodes || left.events) add("not recorded", `${count(left.nodes, "step")}, ${count(left.events, "event")}: too many`);
    else if (lost > 0) add("in samples that never finished", count(lost, "token"));
    return all;
  }

  // Populations of particles, one after another and side by side: columns of places, and the ancestors between them.
  function populations(trace) {
    const found = [], current = new Map();
    for (const event of trace.events) {
      let population = current.get(event.chain);
      if (event.kind === "weighed") {
        if (!population || event.step === 1) {
          population = { chain: event.chain, columns: [] };
          current.set(event.chain, population);
          found.push(population);
        }
        population.columns.push({ ...event, resampled: null });
      } else if (event.kind === "resampled" && population) population.columns[population.columns.length - 1].resampled = event;
    }
    return found.filter(population => population.columns.length > 0);
  }

  // For each place of each column: whether it has descendants at the end, and whether the answer descends from it.
  function fates(columns, answer) {
    const last = columns.length - 1, alive = columns.map(column => column.nodes.map(() => false)), path = alive.map(row => [...row]);
    alive[last].fill(true);
    const end = columns[last].nodes.indexOf(answer);
    if (answer !== null && end >= 0) path[last][end] = true;
    for (let c = last; c > 0; c--)
      columns[c].nodes.forEach((_, place) => {
        const from = columns[c - 1].resampled?.ancestors[place] ?? place;
        alive[c - 1][from] ||= alive[c][place];
        path[c - 1][from] ||= path[c][place];
      });
    return { alive, path };
  }

  function genealogy({ trace, nodes }, choose) {
    const all = populations(trace);
    if (!all.length || Math.max(...all.map(one => one.columns[0].nodes.length)) < 2) return null;
    const figure = make("figure", { class: "trace-picture" });
    const sweeps = new Map();
    for (const { chain, columns } of all.slice(0, 12)) {
      sweeps.set(chain, (sweeps.get(chain) ?? 0) + 1);
      const chains = new Set(all.map(one => one.chain)).size;
      const name = [all.length > chains && `sweep ${sweeps.get(chain)}`, chains > 1 && `chain ${chain + 1}`].filter(Boolean).join(", ");
      if (name) figure.append(make("h4", {}, name));
      figure.append(drawPopulation(columns, trace.answer?.node ?? null, nodes, choose));
    }
    const resampled = all.some(one => one.columns.some(column => column.resampled)) ? "At a dashed line the population was resampled, at the effective sample size above it; lines lead from ancestors to descendants, and who left none is pale. " : "";
    const more = all.length > 12 ? ` ${all.length - 12} more populations are not drawn.` : "";
    figure.append(make("figcaption", {}, "Each column is the population after a step, each dot a particle: its area is its share of the weight, and hollow ones weigh nothing. " + resampled + "Blue are the answer and its ancestors." + more));
    return figure;
  }

  function drawPopulation(columns, answer, nodes, choose) {
    const n = columns[0].nodes.length, wide = Math.min(130, Math.max(34, 1100 / columns.length)), high = Math.min(22, Math.max(7, 340 / n));
    const top = 26, width = wide * columns.length + 10, height = top + high * n + 20;
    const x = c => wide * (c + .5), y = place => top + high * (place + .5), fate = fates(columns, answer);
    const shape = make("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${n} particles over ${columns.length} steps` });
    const kind = (c, place) => fate.path[c][place] ? "path" : fate.alive[c][place] ? "" : "dead";
    const rank = { dead: 0, "": 1, path: 2 }, lines = [], dots = [];
    columns.forEach((column, c) => {
      shape.append(make("svg:text", { x: x(c), y: height - 5 }, `step ${column.step}`));
      if (column.resampled && c + 1 < columns.length) {
        shape.append(make("svg:line", { class: "resampled", x1: x(c + .5), x2: x(c + .5), y1: top - 8, y2: height - 18 }));
        shape.append(make("svg:text", { x: x(c + .5), y: 12 }, column.resampled.effective_sample_size.toFixed(1)));
      }
      column.nodes.forEach((id, place) => {
        const share = column.weights[place], state = kind(c, place);
        if (c > 0) {
          const from = columns[c - 1].resampled?.ancestors[place] ?? place, middle = x(c - .5);
          lines.push([state, make("svg:path", { class: `line ${state}`, "stroke-width": Math.min(5, .8 + 1.2 * share * n).toFixed(2), d: `M${x(c - 1)},${y(from)}C${middle},${y(from)} ${middle},${y(place)} ${x(c)},${y(place)}` })]);
        }
        const radius = share > 0 ? Math.min(.75 * high + 2, Math.max(1.8, 20 * Math.sqrt(share))) : 2.2;
        const dot = make("svg:circle", { class: `dot ${state} ${share > 0 ? "" : "none"}`, cx: x(c), cy: y(place), r: radius.toFixed(2), "data-node": id, onclick: () => id !== null && choose(id) });
        dot.append(make("svg:title", {}, `particle ${place}, ${(100 * share).toFixed(1)}% of the weight${id === null ? "" : `: ${line(nodes[id].text)}`}`));
        dots.push([state, dot]);
      });
    });
    for (const group of [lines, dots]) shape.append(...group.sort((one, other) => rank[one[0]] - rank[other[0]]).map(([, drawn]) => drawn));
    return shape;
  }

  // A picture of the whole tree, for searches: depth to the right, children below one another.
  function treePicture({ trace, nodes, talks }, choose) {
    if (nodes.length > MOST_DRAWN || talks.length > 1 || !nodes.some(node => node.children.length > 1 && !node.above.question)) return null;
    const depth = Math.max(...nodes.map(node => node.depth)), leaves = nodes.filter(node => !node.children.length).length;
    const wide = Math.min(150, Math.max(26, 1050 / depth)), high = Math.min(15, Math.max(5, 420 / leaves));
    const place = new Map();
    let below = 0;
    for (const node of [...nodes].reverse()) {
      const spots = node.children.map(child => place.get(child));
      place.set(node, spots.length ? (spots[0] + spots[spots.length - 1]) / 2 : below++);
    }
    const width = wide * depth + 60, height = high * leaves + 32;
    const x = node => node.question ? 8 : wide * node.depth + 8, y = node => 8 + high * (leaves - .5 - place.get(node));
    for (const talk of talks) place.set(talk, talk.children.length ? (place.get(talk.children[0]) + place.get(talk.children[talk.children.length - 1])) / 2 : 0);
    const shape = make("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `a tree of ${nodes.length} steps` });
    const sorted = [...nodes].sort((one, other) => (one.path ? 2 : one.dead ? 0 : 1) - (other.path ? 2 : other.dead ? 0 : 1));
    for (const node of sorted) {
      const state = node.path ? "path" : node.dead ? "dead" : "", [fromX, fromY, toX, toY] = [x(node.above), y(node.above), x(node), y(node)], middle = (fromX + toX) / 2;
      shape.append(make("svg:path", { class: `line ${state}`, "stroke-width": node.path ? 2.5 : 1.1, d: `M${fromX},${fromY}C${middle},${fromY} ${middle},${toY} ${toX},${toY}` }));
    }
    for (const node of sorted) {
      const state = node.path ? "path" : node.dead ? "dead" : "", radius = Math.max(1.8, Math.min(high * .55, 2 + 4.5 * (node.score ?? .3)));
      const dot = make("svg:circle", { class: `dot ${state} ${node.dropped ? "none" : ""}`, cx: x(node), cy: y(node), r: radius.toFixed(2), "data-node": node.id, onclick: () => choose(node.id) });
      dot.append(make("svg:title", {}, `${node.score === null ? "" : `${digits(node.score)}: `}${line(node.text)}`));
      shape.append(dot);
      if (typeof node.correct === "boolean" && !node.dead) shape.append(make("svg:text", { class: `mark ${verdictClass(node.correct)}`, x: x(node) + 8, y: y(node) + 4 }, mark(node.correct).trim()));
    }
    for (let at = 1; at <= depth; at++) shape.append(make("svg:text", { x: wide * at + 8, y: height - 5 }, `${at}`));
    return make("figure", { class: "trace-picture" }, shape, make("figcaption", {}, "All steps, by depth from left to right; a larger dot has a better score, a hollow one was pruned, and what led nowhere is pale. Blue are the answer and the steps that led to it."));
  }

  const digits = score => score > 0 && score < .01 ? score.toFixed(3) : score.toFixed(2);
  const scoreBar = score => make("span", { class: "score", title: "score" }, make("i", { style: { "--score": score } }), digits(score));

  function notes({ trace }, node) {
    const all = [];
    const add = (text, kind = "", title = null) => all.push(make("span", { class: `note ${kind}`, title }, text));
    if (node.missing) add(`${node.missing} never came`, "", "samples that were cancelled or that the budget did not pay for");
    if (node.question) return all;
    if (node.duplicate) add("duplicate", "", "says the same as a step beside it");
    else if (node.dropped) add("pruned");
    if (node.finish === "length") add("cut off", "", "reached the limit of tokens");
    if ("value" in node) add(told(node), verdictClass(node.correct));
    if (node.id === trace.answer?.node) add("answer", "answer");
    return all;
  }

  class Tree {
    constructor(view, chosen) {
      this.view = view;
      this.chosen = chosen;
      this.items = new Map();
      this.element = make("ul", { class: "trace-tree", role: "tree", "aria-label": "steps" }, ...view.talks.filter(talk => !talk.above).map(talk => this.item(talk, 1)));
      this.element.addEventListener("keydown", event => this.key(event));
      const first = this.element.querySelector("[role=treeitem]");
      if (first) first.tabIndex = 0;
    }

    item(node, level) {
      const text = node.question ? line(node.messages.length ? node.messages[node.messages.length - 1].content : "") : line(node.text);
      const row = make("div", { class: "row" }, make("span", { class: "twisty", "aria-hidden": "true" }),
        !node.question && node.score !== null && scoreBar(node.score), make("span", { class: "text" }, text), ...notes(this.view, node),
        make("span", { class: "tokens", title: "tokens generated" }, node.question || node.tokens === null ? "" : `${node.tokens}`));
      const kind = [node.question && "question", node.path && "path", node.dead && "dead"].filter(Boolean).join(" ");
      const item = make("li", { role: "treeitem", class: kind, "aria-level": level, "aria-selected": "false", tabindex: -1 }, row);
      if (this.below(node).length) item.setAttribute("aria-expanded", "false");
      row.addEventListener("click", event => { event.target.classList.contains("twisty") ? this.turn(item) : this.go(item); });
      row.addEventListener("dblclick", () => this.turn(item));
      item.node = node;
      this.items.set(node, item);
      return item;
    }

    below(node) { return [...node.children, ...node.talks]; }

    open(item, wanted = true) {
      if (!item.hasAttribute("aria-expanded")) return;
      if (wanted && !item.querySelector(":scope > .group")) {
        const children = this.below(item.node), level = Number(item.ariaLevel) + 1;
        item.append(make("ul", { role: "group", class: children.length > 1 || !item.node.above ? "group fork" : "group" }, ...children.map(child => this.item(child, level))));
      }
      item.setAttribute("aria-expanded", wanted);
    }

    turn(item) { this.open(item, item.ariaExpanded !== "true"); }

    // Opens and closes nodes by a rule; parents come before their children.
    arrange(rule) {
      const waiting = this.view.talks.filter(talk => !talk.above);
      for (const node of waiting) {
        const item = this.items.get(node);
        this.open(item, rule(node));
        if (item.querySelector(":scope > .group")) waiting.push(...this.below(node));
      }
    }

    go(item, focus = true) {
      for (const old of this.element.querySelectorAll("[tabindex='0']")) old.tabIndex = -1;
      for (const old of this.element.querySelectorAll("[aria-selected=true]")) old.ariaSelected = "false";
      item.tabIndex = 0;
      item.ariaSelected = "true";
      if (focus) item.focus({ preventScroll: true });
      const row = item.querySelector(".row").getBoundingClientRect(), box = this.element.getBoundingClientRect();
      if (row.top < box.top) this.element.scrollTop -= box.top - row.top + 8;
      else if (row.bottom > box.bottom) this.element.scrollTop += row.bottom - box.bottom + 8;
      this.chosen(item.node);
    }

    goTo(node, focus = true) {
      const above = [];
      for (let one = node.above; one; one = one.above) above.unshift(one);
      for (const one of above) this.open(this.items.get(one));
      this.go(this.items.get(node), focus);
    }

    key(event) {
      const item = event.target.closest("[role=treeitem]");
      if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
      const visible = [...this.element.querySelectorAll("[role=treeitem]")].filter(one => one.offsetParent !== null), at = visible.indexOf(item);
      const parent = item.parentElement.closest("[role=treeitem]");
      const child = item.ariaExpanded === "true" ? visible.find(one => item !== one && item.contains(one)) : null;
      const moves = {
        ArrowDown: () => visible[at + 1], ArrowUp: () => visible[at - 1], Home: () => visible[0], End: () => visible[visible.length - 1],
        ArrowRight: () => { if (item.ariaExpanded === "false") this.open(item); else return child; },
        ArrowLeft: () => { if (item.ariaExpanded === "true") this.open(item, false); else return parent; },
        Enter: () => { this.turn(item); }, " ": () => { this.turn(item); },
      };
      if (!Object.hasOwn(moves, event.key)) return;
      event.preventDefault();
      const next = moves[event.key]();
      if (next) this.go(next);
    }
  }

  function detail(view, node, goTo) {
    const rows = make("dl"), add = (name, ...value) => rows.append(make("dt", {}, name), make("dd", {}, ...value));
    const link = other => make("a", { href: "#", onclick: event => { event.preventDefault(); goTo(other); } }, line(other.text).slice(0, 60));
    if (node.question) {
      const said = make("pre", {}, ...node.messages.flatMap(message => [make("span", { class: "role" }, `${message.role}: `), `${message.content.trim()}\n`]));
      if (node.shared) add("before it", count(node.shared, "message of the question", ));
      if (node.quotes !== undefined) add("quotes", link(view.nodes[node.quotes]));
      if (node.missing) add("never came", count(node.missing, "sample"));
      add("samples", `${node.children.length}`);
      return [make("h3", {}, node.above ? "A conversation about it" : "The question"), said, rows];
    }
    const text = make("pre", {}, make("span", { class: "before" }, whole(node)), node.text);
    const title = [`Step ${node.depth}`, node.id === view.trace.answer?.node ? "the answer" : node.path && "on the path to the answer", node.duplicate ? "a duplicate" : node.dropped ? "pruned" : node.dead && "led nowhere"].filter(Boolean).join(", ");
    if ("value" in node) add("answer", make("b", { class: verdictClass(node.correct) }, told(node)));
    for (const verdict of node.verdicts ?? []) {
      add("score", verdict.score === null ? "the verifier could not tell" : scoreBar(verdict.score));
      if (verdict.steps) add("of each step", make("div", { class: "steps", title: verdict.steps.join(", ") }, ...verdict.steps.map(score => make("i", { style: { "--score": score } }))));
      if (verdict.evidence) add("evidence", verdict.evidence);
      if (verdict.tokens) add("judging", count(verdict.tokens, "token"));
    }
    add("generated", node.tokens === null ? "by no model" : count(node.tokens, "token"));
    if (node.logprob !== undefined) add("log-probability", `${node.logprob.toFixed(2).replace("-0.00", "0.00")} nats` + (node.tokens ? `, ${Math.exp(node.logprob / node.tokens).toFixed(2)} a token` : ""));
    for (const [name, amount] of Object.entries(node.cost ?? {})) add(name.replace("_", " "), amount.toLocaleString("en", { maximumFractionDigits: 9 }));
    if (node.cut) add("left out", count(node.cut, "character"));
    if (node.missing) add("never came", count(node.missing, "continuation"));
    return [make("h3", {}, title), text, rows];
  }

  function changes({ trace, nodes }, goTo) {
    const points = trace.events.filter(event => event.kind === "answer");
    if (points.length < 2) return null;
    const one = point => {
      const value = make("span", { class: point.value === null ? "" : verdictClass(point.correct) }, told(point));
      return make("li", {}, make("span", {}, count(point.tokens, "token")), point.node === null ? value : make("button", { type: "button", onclick: () => goTo(nodes[point.node]) }, value));
    };
    return make("details", { class: "trace-changes", open: points.length <= 8 }, make("summary", {}, `How the answer changed (${points.length})`), make("ul", {}, ...points.map(one)));
  }

  // Fills an element with a trace.
  function show(element, trace) {
    const view = prepare(trace), aside = make("aside", { class: "trace-detail", "aria-live": "polite", "aria-label": "the chosen step" });
    const goTo = (node, focus = true) => tree.goTo(node, focus);
    const choose = id => goTo(view.nodes[id]);
    const chosen = node => {
      aside.replaceChildren(...detail(view, node, goTo));
      for (const dot of element.querySelectorAll(".dot")) dot.classList.toggle("chosen", !node.question && dot.dataset.node === String(node.id));
    };
    const tree = new Tree(view, chosen);
    const picture = genealogy(view, choose) ?? treePicture(view, choose), answer = view.nodes[trace.answer?.node];
    const some = node => view.nodes.length <= SMALL || node.question || node.path || !node.dead;
    const button = (text, act) => make("button", { type: "button", onclick: act }, text);
    const dead = view.nodes.some(node => node.dead);
    const tools = make("div", { class: "trace-tools" }, answer && button("to the answer", () => goTo(answer)),
      button("open all", () => tree.arrange(() => true)), button("close all", () => tree.arrange(node => node.question)),
      dead && make("label", {}, make("input", { type: "checkbox", onchange: event => tree.element.classList.toggle("living", event.target.checked) }), "hide what led nowhere"),
      make("span", { class: "keys" }, "arrow keys move, Enter opens"));
    element.classList.add("trace");
    element.replaceChildren(facts(view), ...[picture, tools, make("div", { class: "trace-panes" }, tree.element, aside), changes(view, goTo)].filter(Boolean));
    tree.arrange(some);
    const first = answer ?? view.talks[0];
    if (first) goTo(first, false);
    else tree.element.replaceWith("Nothing was sampled.");
  }

  return { load, show };
})();
for (const place of document.querySelectorAll("[data-show-trace]")) outlayTraces.load(place.dataset.showTrace).then(trace => outlayTraces.show(place, trace));
