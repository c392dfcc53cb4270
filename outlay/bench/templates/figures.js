// Draws the figures: the library is unpacked once, and what is not shown is drawn when it is.
const ink = "currentColor";
const look = {
  background: "transparent",
  view: { stroke: null },
  font: "system-ui, sans-serif",
  axis: { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink, gridOpacity: 0.13, domainOpacity: 0.5, tickOpacity: 0.5, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" },
};
let figures = {}, views = [];

async function unpack() {
  const packed = Uint8Array.from(atob(document.getElementById("library").textContent), letter => letter.charCodeAt(0));
  const script = document.createElement("script");
  script.nonce = document.querySelector("script[nonce]").nonce;
  script.textContent = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.head.append(script);
}
const unpacked = unpack();

function rows(figure, marks) {
  return marks.map(([line, x, y, low, high, marked]) => ({ line: figure.lines[line], x, y, low, high, marked }));
}
async function draw(place) {
  const figure = figures[place.dataset.figure], plots = place.querySelectorAll(".plot");
  if (place.dataset.drawn || place.closest("[hidden]")) return;
  place.dataset.drawn = "yes";
  await unpacked;
  const height = plots.length < 3 ? 250 : plots.length < 5 ? 210 : 160;
  const legend = { config: { ...look, legend: { disable: true } }, autosize: { type: "fit-x", contains: "padding" } };
  for (const [number, plot] of plots.entries()) {
    const data = { values: rows(figure, figure.panels[number]) };
    const chart = { ...figure.chart, ...legend, width: "container", height, data, params: [{ name: "chosen", value: "" }] };
    // Expressions are interpreted, so that the page's policy need not allow code made from text.
    const { view } = await vegaEmbed(plot, chart, { renderer: "svg", actions: false, ast: true });
    views.push([place, view]);
  }
}
function drawAll() {
  views.forEach(([, view]) => view.finalize());
  views = [];
  figures = JSON.parse(document.getElementById("figures").textContent);
  return Promise.all([...document.querySelectorAll("[data-figure]")].map(draw));
}
function show(axis) {
  for (const part of document.querySelectorAll("[data-axis]")) part.hidden = part.dataset.axis !== axis;
  return Promise.all([...document.querySelectorAll(`[data-axis="${axis}"] [data-figure]`)].map(draw));
}
function single(place, line) {
  for (const other of place.querySelectorAll("[data-line]")) other.ariaPressed = String(other.dataset.line === line);
  for (const [where, view] of views) if (where === place) view.signal("chosen", line).runAsync();
}
function tabulate(details) {
  const place = details.closest("[data-figure]"), figure = figures[place.dataset.figure];
  const titles = [...place.querySelectorAll("figcaption")].map(title => title.textContent);
  const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  for (const name of ["panel", "line", figure.x, figure.y, "95% from", "to"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  figure.panels.forEach((marks, number) => rows(figure, marks).forEach(({ line, x, y, low, high }) => {
    const row = body.insertRow();
    for (const text of [titles[number], line, x, ...[y, low, high].map(share => `${(100 * share).toFixed(1)}%`)]) row.insertCell().textContent = text;
    row.cells[0].className = row.cells[1].className = "text";
  }));
  const wide = document.createElement("div");
  wide.className = "wide";
  wide.append(table);
  details.append(wide);
}
document.addEventListener("change", event => { if (event.target.name === "axis") show(event.target.value); });
document.addEventListener("click", event => {
  const chosen = event.target.closest("[data-line]");
  if (chosen) single(chosen.closest("[data-figure]"), chosen.ariaPressed === "true" ? "" : chosen.dataset.line);
});
document.addEventListener("toggle", event => {
  const details = event.target;
  if (details.matches?.(".numbers") && details.open && !details.querySelector("table")) tabulate(details);
}, true);
drawAll().then(() => { root.dataset.drawn = "yes"; });
