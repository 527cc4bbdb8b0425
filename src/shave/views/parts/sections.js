// A page's sections, and what stands in them. The page has an input `searchBox` that `runSearch` obeys.

function section(id, title, ...held) {
  document.querySelector("main").append(element("section", { id }, element("h2", {}, title), ...held));
}

// a long text folded behind its beginning
function folded(text, width) {
  if (text.length <= width && !text.includes("\n")) return element("span", {}, text);
  return element("details", {}, element("summary", {}, shortened(text, width)),
    element("div", { class: "whole" }, ...text.split("\n").map((line) => element("div", {}, line || " "))));
}

const code = (text) => element("span", { class: "path" }, text);

function searchFor(query) {
  searchBox.value = query;
  runSearch();
  document.getElementById("files").scrollIntoView();
  searchBox.focus({ preventScroll: true });
}

const link = (text, query) => element("button", { type: "button", class: "link path", onclick: () => searchFor(query) }, text);
