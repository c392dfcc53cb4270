"use strict";
// Opens the traces of a question in a dialog, with a button for each method that has one.
(() => {
function enliven(problems) {
  const dialog = problems.querySelector("dialog"), methods = dialog.querySelector("nav"), shown = dialog.querySelector(".shown");

  async function choose(button, id) {
    for (const other of methods.children) other.ariaPressed = String(other === button);
    const place = document.createElement("div");
    shown.replaceChildren(place);
    const trace = await outlayTraces.load(id);
    if (place.isConnected) outlayTraces.show(place, trace);
  }

  function open(chosen) {
    const row = chosen.closest("tr");
    dialog.querySelector("h3").textContent = row.querySelector(".question span").title;
    const answers = [...row.querySelectorAll("[data-trace]")];
    methods.replaceChildren(...answers.map(answer => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${answer.dataset.method}: ${answer.textContent}`;
      button.addEventListener("click", () => choose(button, answer.dataset.trace));
      return button;
    }));
    dialog.showModal();
    const button = methods.children[answers.indexOf(chosen)];
    button.focus();
    choose(button, chosen.dataset.trace);
  }

  problems.addEventListener("click", event => {
    if (event.target.dataset.trace) open(event.target);
    else if (event.target === dialog || event.target.classList.contains("close")) dialog.close();
  });
  for (const box of problems.querySelectorAll(".choice input"))
    box.addEventListener("change", () => {
      const table = box.closest("label").nextElementSibling;
      for (const row of table.querySelectorAll(".agreed")) row.classList.toggle("hidden", box.checked);
    });
}
const all = () => document.querySelectorAll(".problems").forEach(enliven);
all();
// A live report has put a new table in the place of the old one.
document.addEventListener("refreshed", all);
})();
