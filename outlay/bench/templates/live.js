// Asks for new figures every two seconds and puts them in place of the old ones; what the reader has set stays.
const told = document.createElement("p");
told.id = "live";
told.setAttribute("role", "status");
button.before(told);
let tag = "";

function reading() {
  const all = (from, selector, read) => [...from.querySelectorAll(selector)].map(read);
  return {
    axis: document.querySelector("[name=axis]:checked")?.value,
    lines: all(document, '[data-line][aria-pressed="true"]', one => [one.closest("[data-figure]").dataset.figure, one.dataset.line]),
    open: all(document, "details[id][open]", one => one.id),
    sorted: all(document, "table[id] [aria-sort]", one => [one.closest("table").id, one.cellIndex, one.getAttribute("aria-sort")]),
    focus: document.activeElement?.id,
    scroll: scrollY,
  };
}
async function restore({ axis, lines, open, sorted, focus, scroll }) {
  const radio = axis && document.getElementById(`axis-${axis}`);
  if (radio) radio.checked = true;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, column, way] of sorted) { const table = document.getElementById(id); if (table) sort(table, column, way); }
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  await drawAll();
  if (radio) await show(axis);
  for (const [name, line] of lines) { const place = document.querySelector(`[data-figure="${CSS.escape(name)}"]`); if (place) single(place, line); }
  scrollTo({ top: scroll, behavior: "instant" });
}
async function replace(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html"), before = reading();
  document.body.style.minHeight = `${document.body.scrollHeight}px`;
  document.getElementById("page").replaceWith(fresh.getElementById("page"));
  document.getElementById("figures").replaceWith(fresh.getElementById("figures"));
  await restore(before);
  document.body.style.minHeight = "";
  document.dispatchEvent(new CustomEvent("refreshed"));
}
async function refresh() {
  try {
    // Whoever reads a trace is not to lose it.
    if (document.querySelector("dialog[open]")) return setTimeout(refresh, 2000);
    const answer = await fetch("/body", { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      await replace(await answer.text());
    }
    told.textContent = "live";
  } catch {
    told.textContent = "the server has stopped: these are its last figures";
  }
  setTimeout(refresh, 2000);
}
refresh();
