// Pictures of a trace: the genealogy of particles, or the tree of a search.
const MOST_POPULATIONS = 12;
const STATES = ["dead", "", "path"];
const byState = (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state);
const within = (least, amount, most) => Math.min(most, Math.max(least, amount));

function curve(state, width, [fromX, fromY], [toX, toY]) {
  const middle = (fromX + toX) / 2, d = `M${fromX},${fromY}C${middle},${fromY} ${middle},${toY} ${toX},${toY}`;
  return { state, drawn: make("svg:path", { class: `line ${state}`, "stroke-width": width.toFixed(2), d }) };
}

function dot(state, hollow, [x, y], radius, node, title, choose) {
  const settings = { class: `dot ${state} ${hollow ? "none" : ""}`, cx: x, cy: y, r: radius.toFixed(2), "data-node": node };
  const drawn = make("svg:circle", { ...settings, onclick: () => node !== null && choose(node) }, make("svg:title", {}, title));
  return { state, drawn };
}

function drawing(width, height, label, lines, dots, ...others) {
  const shapes = [...lines.sort(byState), ...dots.sort(byState)].map(one => one.drawn);
  const box = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return make("svg:svg", box, ...others, ...shapes);
}

// Populations of particles, one after another and side by side: columns of places, and how each was resampled.
function populations(trace) {
  const found = [], current = new Map();
  for (const event of trace.events) {
    if (event.kind === "weighed" && (event.step === 1 || !current.has(event.chain))) {
      current.set(event.chain, { chain: event.chain, columns: [] });
      found.push(current.get(event.chain));
    }
    const columns = current.get(event.chain)?.columns;
    if (event.kind === "weighed") columns.push({ ...event, ancestors: null });
    else if (event.kind === "resampled" && columns) Object.assign(columns.at(-1), { ancestors: event.ancestors, size: event.effective_sample_size });
  }
  return found;
}

const ancestor = (columns, c, place) => columns[c - 1].ancestors?.[place] ?? place;

// For each place of each column: "path" if the answer descends from it, "dead" if nothing at the end does.
function fates(columns, answer) {
  const last = columns.length - 1, states = columns.map(column => column.nodes.map(() => "dead"));
  states[last].fill("");
  const end = answer === null ? -1 : columns[last].nodes.indexOf(answer);
  if (end >= 0) states[last][end] = "path";
  for (let c = last; c > 0; c--)
    states[c].forEach((state, place) => {
      const from = ancestor(columns, c, place);
      if (STATES.indexOf(state) > STATES.indexOf(states[c - 1][from])) states[c - 1][from] = state;
    });
  return states;
}

function genealogy({ trace, nodes }, choose) {
  const all = populations(trace), chains = new Set(all.map(one => one.chain)).size;
  if (!all.some(one => one.columns[0].nodes.length > 1)) return null;
  const sweeps = new Map(), figure = make("figure", { class: "trace-picture" });
  for (const { chain, columns } of all.slice(0, MOST_POPULATIONS)) {
    sweeps.set(chain, (sweeps.get(chain) ?? 0) + 1);
    const name = [all.length > chains && `sweep ${sweeps.get(chain)}`, chains > 1 && `chain ${chain + 1}`].filter(Boolean).join(", ");
    if (name) figure.append(make("h4", {}, name));
    figure.append(drawPopulation(columns, trace.answer?.node ?? null, nodes, choose));
  }
  const resampled = all.some(one => one.columns.some(column => column.ancestors));
  figure.append(make("figcaption", {},
    "Each column is the population after a step, each dot a particle: its area is its share of the weight, and hollow ones weigh nothing. ",
    resampled && "At a dashed line the population was resampled, at the effective sample size above it; lines lead from ancestors to descendants, and who left none is pale. ",
    "Blue are the answer and its ancestors.",
    all.length > MOST_POPULATIONS && ` ${all.length - MOST_POPULATIONS} more populations are not drawn.`));
  return figure;
}

function drawPopulation(columns, answer, nodes, choose) {
  const n = columns[0].nodes.length, wide = within(34, 1100 / columns.length, 130), high = within(7, 340 / n, 22), top = 26;
  const width = wide * columns.length + 10, height = top + high * n + 20, states = fates(columns, answer);
  const at = (c, place) => [wide * (c + .5), top + high * (place + .5)];
  const lines = [], dots = [], labels = [];
  columns.forEach((column, c) => {
    const [x] = at(c, 0), between = x + wide / 2;
    labels.push(make("svg:text", { x, y: height - 5 }, `step ${column.step}`));
    if (column.ancestors && c + 1 < columns.length) {
      labels.push(make("svg:line", { class: "resampled", x1: between, x2: between, y1: top - 8, y2: height - 18 }));
      labels.push(make("svg:text", { x: between, y: 12 }, column.size.toFixed(1)));
    }
    column.nodes.forEach((id, place) => {
      const share = column.weights[place], state = states[c][place];
      if (c > 0) lines.push(curve(state, Math.min(5, .8 + 1.2 * share * n), at(c - 1, ancestor(columns, c, place)), at(c, place)));
      const radius = share > 0 ? within(1.8, 20 * Math.sqrt(share), .75 * high + 2) : 2.2;
      const title = `particle ${place}, ${(100 * share).toFixed(1)}% of the weight${id === null ? "" : `: ${line(nodes[id].text)}`}`;
      dots.push(dot(state, share === 0, at(c, place), radius, id, title, choose));
    });
  });
  return drawing(width, height, `${n} particles over ${columns.length} steps`, lines, dots, ...labels);
}

// All steps of a search: depth to the right, children below one another. Nothing for a tree that does not branch.
function treePicture({ nodes, talks }, choose) {
  const branches = nodes.some(node => node.children.length > 1 && !node.above.question);
  if (nodes.length > LARGE || talks.length > 1 || !branches) return null;
  const depth = Math.max(...nodes.map(node => node.depth)), leaves = nodes.filter(node => !node.children.length).length;
  const wide = within(26, 1050 / depth, 150), high = within(5, 420 / leaves, 15);
  const width = wide * depth + 60, height = high * leaves + 32, rows = new Map(), lines = [], dots = [], labels = [];
  let lowest = leaves;
  for (const place of [...nodes.toReversed(), ...talks]) {
    const below = place.children.map(child => rows.get(child));
    rows.set(place, below.length ? (below[0] + below.at(-1)) / 2 : --lowest);
  }
  const at = place => [wide * (place.depth ?? 0) + 8, 8 + high * (rows.get(place) + .5)];
  for (const node of nodes) {
    const state = node.path ? "path" : node.dead ? "dead" : "", [x, y] = at(node);
    lines.push(curve(state, node.path ? 2.5 : 1.1, at(node.above), [x, y]));
    const radius = within(1.8, 2 + 4.5 * (node.score ?? .3), high * .55), title = line(node.text);
    dots.push(dot(state, node.dropped, [x, y], radius, node.id, node.score === null ? title : `${digits(node.score)}: ${title}`, choose));
    if (typeof node.correct === "boolean" && !node.dropped)
      labels.push(make("svg:text", { class: `mark ${rightness(node.correct)}`, x: x + 8, y: y + 4 }, mark(node.correct)));
  }
  for (let step = 1; step <= depth; step++) labels.push(make("svg:text", { x: wide * step + 8, y: height - 5 }, `${step}`));
  const caption = "All steps, by depth from left to right; a larger dot has a better score, a hollow one was pruned, and what led nowhere is pale. Blue are the answer and the steps that led to it.";
  return make("figure", { class: "trace-picture" },
    drawing(width, height, `a tree of ${nodes.length} steps`, lines, dots, ...labels), make("figcaption", {}, caption));
}
