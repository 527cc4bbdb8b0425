// The page's sections, top to bottom.

const number = (name, value, more) => ({ name, number: true, value, cell: (one) => value(one).toLocaleString("en"), ...more });
const size = (name, value, more) => ({ name, number: true, value, cell: (one) => bytes(value(one)), ...more });
const word = (name, value, more) => ({ name, value, cell: value, ...more });
const option = (one) => (one.fate === "whole" ? "" : element("span", { class: "path option" }, one.keep));

// the tree

const fate = element("select", { onchange: () => runSearch(), "aria-label": "Which paths" },
  ...["kept and dropped", "kept", "dropped"].map((name) => element("option", {}, name)));
const searchBox = element("input", { type: "search", id: "search", spellcheck: "false", autocomplete: "off",
  placeholder: "/usr/lib/*.so unit:libc why:man", "aria-label": "Search paths", oninput: () => runSearch() });
const found = element("p", { class: "found", role: "status" });
const plot = element("div", { class: "tree" });

function runSearch() {
  const numbers = search(searchBox.value + (fate.selectedIndex ? " fate:" + fate.value : ""), FIELDS);
  const stays = numbers.filter(kept);
  const sum = (all) => all.reduce((total, one) => total + files.bytes[one], 0);
  const [all, some] = [sum(numbers), sum(stays)];
  found.textContent = `${plural(stays.length, "path")} of ${bytes(some)} kept, ` +
    `${(numbers.length - stays.length).toLocaleString("en")} of ${bytes(all - some)} dropped`;
  plot.replaceChildren(tree(numbers));
}

section("files", "Kept and dropped", element("p", { class: "soft" }, "Parts of a path, * for anything, unit:libc6, why:habit; " +
  "unit: alone is what nobody owns. A row opens to what it holds, or to all that keeps it."),
  element("p", { class: "controls" }, searchBox, fate), found,
  element("div", { class: "heads", "aria-hidden": "true" }, ...["path", "kept", "dropped", "why"].map((name) => element("span", {}, name))), plot);
runSearch();

// the price

section("grains", "What each grain keeps", table("Grains", [
  word("grain", (one) => one.grain, { cell: (one) => (one.grain === slimmed.grain ? element("b", {}, one.grain + " (chosen)") : one.grain) }),
  size("content", (one) => one.content_bytes), number("files", (one) => one.files), number("units", (one) => one.units),
  size("by evidence", (one) => one.evidence_bytes), size("by needs", (one) => one.need_bytes), size("by habit", (one) => one.habit_bytes),
], slimmed.prices, 10).root);

// units

const unitTable = table("Units", [
  word("unit", (one) => one.unit, { class: "wide", cell: (one) => element("div", {},
    link(one.unit, "unit:" + visible(one.unit).replaceAll(" ", "-")), " ", element("span", { class: "soft path" }, one.version)) }),
  word("fate", (one) => one.fate),
  size("kept", (one) => one.kept_bytes), size("dropped", (one) => one.dropped_bytes),
  size("lost", (one) => one.lost_bytes, { first: true }), number("lost files", (one) => one.lost_files),
  { name: "keep it with", cell: option },
], slimmed.units, 20);
const unitBox = element("input", { type: "search", placeholder: "part of a name, or whole, split, gone", "aria-label": "Search units",
  oninput: () => unitTable.update(slimmed.units.filter((one) =>
    visible(`${one.unit} ${one.version} ${one.fate}`).toLowerCase().includes(unitBox.value.toLowerCase()))) });
const fates = ["whole", "split", "gone"].map((name) => `${slimmed.units.filter((one) => one.fate === name).length.toLocaleString("en")} ${name}`);
section("units", "Units", ...(slimmed.units.length ? [
  element("p", { class: "soft" }, fates.join(", ") + ". Lost is what of a unit goes that is no documentation, manual, test, header, translation or cache."),
  element("p", { class: "controls" }, unitBox), unitTable.root,
] : [element("p", {}, "No record of a package manager was found.")]));

// listed directories

section("listings", "Directories that a run listed, and that lose entries", slimmed.listings.length ? table("Listed directories", [
  word("directory", (one) => one.path, { cell: (one) => link("/" + one.path, visible("/" + one.path + "/*").replaceAll(" ", "*")) }),
  number("entries lost", (one) => one.lost, { first: true }), number("of", (one) => one.entries),
  { name: "keep them with", cell: option },
], slimmed.listings, 20).root : element("p", {}, "None."));

// reasons

const reasons = files.whys.map(([fate, because, words]) => ({ fate, because, words, bytes: 0, files: 0 }));
for (const one of allFiles) {
  reasons[files.why[one]].bytes += files.bytes[one];
  reasons[files.why[one]].files += 1;
}
// one reason may read in two ways
const byWords = new Map();
for (const one of reasons) {
  const key = [one.fate, one.because, one.words].join("\n");
  const known = byWords.get(key);
  if (known) { known.bytes += one.bytes; known.files += one.files; } else byWords.set(key, one);
}
section("reasons", "Reasons", table("Reasons", [
  word("reason", (one) => one.words, { class: "wide",
    cell: (one) => link(one.words, `fate:${one.fate} why:` + visible(one.words).replaceAll(" ", "-")) }),
  size("bytes", (one) => one.bytes, { first: true }), number("paths", (one) => one.files), word("fate", (one) => one.fate),
  word("kind", (one) => BECAUSE[one.because] || "–"),
], [...byWords.values()], 20).root);

// the verdict

section("verdict", "Verdict", slimmed.judgements.length ? table("Verdict", [
  word("probe", (one) => one.probe), word("verdict", (one) => one.verdict), word("reason", (one) => one.reason),
  { name: "noise", number: true, value: (one) => one.masked, cell: (one) => `${(100 * one.masked).toFixed(0)} %` },
], slimmed.judgements, 100).root : element("p", {}, "Nothing was run."));
