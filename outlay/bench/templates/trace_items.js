// The tree of steps as nested lists, after the pattern for trees of the ARIA Authoring Practices Guide.
class Items {
  // chosen is told of the step or talk that is selected.
  constructor(view, chosen) {
    this.view = view;
    this.chosen = chosen;
    this.items = new Map();
    this.roots = view.talks.filter(talk => !talk.above);
    this.element = make("ul", { class: "trace-tree", role: "tree", "aria-label": "steps" }, ...this.roots.map(talk => this.item(talk, 1)));
    this.element.addEventListener("keydown", event => this.key(event));
    this.element.querySelector("[role=treeitem]")?.setAttribute("tabindex", 0);
  }

  item(node, level) {
    const text = line(node.question ? node.messages.at(-1)?.content ?? "" : node.text);
    const row = make("div", { class: "row" },
      make("span", { class: "twisty", "aria-hidden": "true" }),
      !node.question && node.score !== null && scoreBar(node.score),
      make("span", { class: "text" }, text),
      ...notes(this.view, node),
      make("span", { class: "tokens", title: "tokens generated" }, node.question ? "" : `${node.tokens ?? ""}`));
    const kind = ["question", "path", "dead"].filter(name => node[name]).join(" ");
    const item = make("li", { role: "treeitem", class: kind, "aria-level": level, "aria-selected": "false", tabindex: -1 }, row);
    if (this.below(node).length) item.setAttribute("aria-expanded", "false");
    row.addEventListener("click", event => event.target.classList.contains("twisty") ? this.turn(item) : this.go(item));
    row.addEventListener("dblclick", () => this.turn(item));
    item.node = node;
    this.items.set(node, item);
    return item;
  }

  below(node) { return [...node.children, ...node.talks]; }

  // Opens or closes an item; what is below it is made when it is opened first.
  open(item, wanted = true) {
    if (!item.hasAttribute("aria-expanded")) return;
    if (wanted && !item.querySelector(":scope > .group")) {
      const below = this.below(item.node), level = Number(item.ariaLevel) + 1;
      const forks = below.length > 1 || !item.node.above;
      item.append(make("ul", { role: "group", class: forks ? "group fork" : "group" }, ...below.map(node => this.item(node, level))));
    }
    item.ariaExpanded = String(wanted);
  }

  turn(item) { this.open(item, item.ariaExpanded !== "true"); }

  // Opens and closes everything by a rule.
  arrange(rule) {
    const waiting = [...this.roots];
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

  // Selects a step wherever it is, and opens all that is above it.
  goTo(node, focus = true) {
    const above = [];
    for (let one = node.above; one; one = one.above) above.unshift(one);
    for (const one of above) this.open(this.items.get(one));
    this.go(this.items.get(node), focus);
  }

  key(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
    const visible = [...this.element.querySelectorAll("[role=treeitem]")].filter(one => one.offsetParent !== null);
    const place = visible.indexOf(item), isOpen = item.ariaExpanded === "true";
    const moves = {
      ArrowDown: () => visible[place + 1],
      ArrowUp: () => visible[place - 1],
      Home: () => visible[0],
      End: () => visible.at(-1),
      ArrowRight: () => isOpen ? visible.slice(place + 1).find(one => item.contains(one)) : this.open(item),
      ArrowLeft: () => isOpen ? this.open(item, false) : item.parentElement.closest("[role=treeitem]"),
      Enter: () => this.turn(item),
      " ": () => this.turn(item),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (next) this.go(next);
  }
}
