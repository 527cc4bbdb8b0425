"use strict";
// A click on a head sorts the table by that column; what is not known stays below.

function sortBy(table, heads, at) {
  const head = heads[at];
  const number = head.dataset.sort === "number";
  const before = head.getAttribute("aria-sort");
  const down = before ? before === "ascending" : number;
  heads.forEach((each) => each.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = [...table.tBodies[0].rows].map((row) => {
    const text = row.cells[at].dataset.value;
    return [text === "" ? null : number ? Number(text) : text, row];
  });
  keyed.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells].filter((head) => head.dataset.sort);
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, heads, at));
    head.append(button);
  });
}
