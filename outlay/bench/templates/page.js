// The reader's choice of light or dark, kept where the browser lets a page keep anything.
const root = document.documentElement;
const themes = ["", "light", "dark"];
const kept = (() => { try { return localStorage.getItem("theme") ?? ""; } catch { return ""; } })();
const button = document.createElement("button");
button.type = "button";
button.id = "theme";
function paint(theme) {
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  button.textContent = `colours: ${theme || "as the system"}`;
}
button.addEventListener("click", () => {
  const next = themes[(themes.indexOf(root.dataset.theme ?? "") + 1) % themes.length];
  paint(next);
  try { localStorage.setItem("theme", next); } catch { /* it lasts as long as the page */ }
});
paint(themes.includes(kept) ? kept : "");
document.querySelector(".skip").after(button);

// Tables are sorted by the buttons in their heads: numbers by value, texts by letter; what is empty goes last.
function value(row, column) {
  const cell = row.cells[column], text = cell.dataset.value ?? cell.textContent.replace("%", "").trim();
  return text === "" ? null : isNaN(text) ? text : Number(text);
}
function sort(table, column, way) {
  const sign = way === "ascending" ? 1 : -1, body = table.tBodies[0];
  for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
  table.tHead.rows[0].cells[column].setAttribute("aria-sort", way);
  const keyed = [...body.rows].map(row => [value(row, column), row]);
  keyed.sort(([a], [b]) => (a === null) - (b === null) || sign * (a < b ? -1 : a > b ? 1 : 0));
  body.append(...keyed.map(([, row]) => row));
}
document.addEventListener("click", event => {
  const head = event.target.closest("thead th");
  if (!head || !event.target.closest("button")) return;
  const numbers = typeof value(head.closest("table").tBodies[0].rows[0], head.cellIndex) === "number";
  const first = numbers ? "descending" : "ascending", second = numbers ? "ascending" : "descending";
  sort(head.closest("table"), head.cellIndex, head.getAttribute("aria-sort") === first ? second : first);
});
