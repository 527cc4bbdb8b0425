// A table that is sorted by a click on a header and shows so many rows at a time.
// A column is {name, value (what to sort by), cell (what is shown: text or an element), number (whether it counts),
// first (whether it is the one to begin with, the most on top)}.

function table(label, columns, rows, step) {
  let sorted = { column: columns.find((column) => column.first), down: true };
  let shown = step;
  let order = rows;
  const body = element("tbody", {});
  const more = element("button", { type: "button", class: "more", onclick: () => { shown *= 10; fill(); } });
  const heads = columns.map((column) => {
    const button = element("button", { type: "button", onclick: () => sortBy(column) }, column.name);
    return element("th", { scope: "col", class: column.number ? "number" : "" }, column.value ? button : column.name);
  });
  const root = element("div", { class: "table" },
    element("table", { "aria-label": label }, element("thead", {}, element("tr", {}, ...heads)), body), more);

  function sortBy(column) {
    sorted = { column, down: sorted.column === column ? !sorted.down : Boolean(column.number) };
    shown = step;
    arrange();
  }

  function arrange() {
    const { column, down } = sorted;
    heads.forEach((head, at) => {
      if (columns[at] === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    order = rows;
    if (column) {
      const keyed = rows.map((row) => [column.value(row), row]);
      keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
      order = keyed.map(([, row]) => row);
    }
    fill();
  }

  function fill() {
    const cells = (row) => columns.map((column) =>
      element("td", { class: column.number ? "number" : column.class || "" }, column.cell(row)));
    body.replaceChildren(...order.slice(0, shown).map((row) => element("tr", {}, ...cells(row))));
    more.hidden = order.length <= shown;
    more.textContent = "Show more of " + order.length.toLocaleString("en");
  }

  function update(found) {
    rows = found;
    shown = step;
    arrange();
  }

  arrange();
  return { root, update };
}
