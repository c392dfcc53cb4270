// What is said of a whole trace, and of the chosen step.

function facts({ trace }) {
  const { answer, cost, left_out: left } = trace, of = name => cost[name] ?? 0, all = make("dl", { class: "trace-facts" });
  const add = (name, value) => all.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  add("answer", make("b", { class: rightness(answer?.correct) }, told(answer ?? {})));
  if (trace.reference !== null && answer?.correct !== true) add("right is", trace.reference);
  if (typeof answer?.confidence === "number") add("confidence", answer.confidence.toFixed(2));
  add("ended by", trace.stopped_by);
  const parts = ["prompt", "completion", "verifier"].map(kind => [kind, of(`${kind}_tokens`)]);
  const paid = parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  add("tokens", `${thousands(paid)} (${parts.map(([kind, tokens]) => `${kind} ${thousands(tokens)}`).join(", ")})`);
  for (const [name, amount] of [["cached", of("cached_tokens")], ["samples", of("samples")], ["calls", of("calls")], ["dollars", of("dollars")]])
    if (amount) add(name, thousands(amount));
  const lost = of("completion_tokens") - trace.nodes.reduce((sum, node) => sum + (node.tokens ?? 0), 0);
  if (left.nodes || left.events) add("not recorded", `${count(left.nodes, "step")}, ${count(left.events, "event")}: too many`);
  else if (lost > 0) add("in samples that never finished", count(lost, "token"));
  return all;
}

function scoreBar(score) {
  return make("span", { class: "score", title: "score" }, make("i", { style: { "--score": score } }), digits(score));
}

function notes({ trace }, node) {
  const all = [], add = (text, kind, title) => all.push(make("span", { class: `note ${kind ?? ""}`, title }, text));
  if (node.missing) add(`${node.missing} never came`, "", "samples that were cancelled or that the budget did not pay for");
  if (node.question) return all;
  if (node.duplicate) add("duplicate", "", "says the same as a step beside it");
  else if (node.dropped) add("pruned");
  if (node.finish === "length") add("cut off", "", "reached the limit of tokens");
  if ("value" in node) add(told(node), rightness(node.correct));
  if (node.id === trace.answer?.node) add("answer", "answer");
  return all;
}

function detail(view, node, goTo) {
  const rows = make("dl"), add = (name, ...value) => rows.append(make("dt", {}, name), make("dd", {}, ...value));
  const [title, text] = node.question ? aboutTalk(view, node, goTo, add) : aboutStep(view, node, add);
  return [make("h3", {}, title), text, rows];
}

function aboutTalk(view, talk, goTo, add) {
  const said = ({ role, content }) => [make("span", { class: "role" }, `${role}: `), `${content.trim()}\n`];
  if (talk.shared) add("before it", count(talk.shared, "message of the question"));
  if (talk.above) add("quotes", make("button", { type: "button", onclick: () => goTo(talk.above) }, line(talk.above.text)));
  if (talk.missing) add("never came", count(talk.missing, "sample"));
  add("samples", `${talk.children.length}`);
  return [talk.above ? "A conversation about it" : "The question", make("pre", {}, ...talk.messages.flatMap(said))];
}

function aboutStep({ trace }, node, add) {
  const before = [];
  for (let one = node.above; !one.question; one = one.above) before.unshift(one.text);
  if ("value" in node) add("answer", make("b", { class: rightness(node.correct) }, told(node)));
  for (const { score, steps, evidence, tokens } of node.verdicts ?? []) {
    add("score", score === null ? "the verifier could not tell" : scoreBar(score));
    const bar = share => make("i", { style: { "--score": share } });
    if (steps) add("of each step", make("div", { class: "steps", title: steps.join(", ") }, ...steps.map(bar)));
    if (evidence) add("evidence", evidence);
    if (tokens) add("judging", count(tokens, "token"));
  }
  add("generated", node.tokens === null ? "by no model" : count(node.tokens, "token"));
  if (node.logprob !== undefined) {
    const each = node.tokens ? `, ${Math.exp(node.logprob / node.tokens).toFixed(2)} a token` : "";
    add("log-probability", `${node.logprob.toFixed(2).replace("-0.00", "0.00")} nats${each}`);
  }
  for (const [name, amount] of Object.entries(node.cost ?? {})) add(name.replace("_", " "), thousands(amount));
  if (node.cut) add("left out", count(node.cut, "character"));
  if (node.missing) add("never came", count(node.missing, "continuation"));
  const way = node.id === trace.answer?.node ? "the answer" : node.path ? "on the path to the answer" : "";
  const fate = node.duplicate ? "a duplicate" : node.dropped ? "pruned" : node.dead ? "led nowhere" : "";
  const title = [`Step ${node.depth}`, way, fate].filter(Boolean).join(", ");
  return [title, make("pre", {}, make("span", { class: "before" }, before.join("")), node.text)];
}

function changes({ trace }, choose) {
  const points = trace.events.filter(event => event.kind === "answer");
  if (points.length < 2) return null;
  const one = ({ value, correct, node, tokens }) => {
    const text = make("span", { class: value === null ? "" : rightness(correct) }, told({ value, correct }));
    const link = node === null ? text : make("button", { type: "button", onclick: () => choose(node) }, text);
    return make("li", {}, make("span", {}, count(tokens, "token")), link);
  };
  return make("details", { class: "trace-changes", open: points.length <= 8 },
    make("summary", {}, `How the answer changed (${points.length})`), make("ul", {}, ...points.map(one)));
}
