// The page's sections, top to bottom.

function amounts(row) {
  return [
    { name: "packed", number: true, value: (one) => one.packed_bytes, cell: (one) => packedBytes(one.packed_bytes) },
    { name: "unpacked", number: true, value: (one) => one.unpacked_bytes, cell: (one) => bytes(one.unpacked_bytes) },
    ...row,
  ];
}

const layerNumber = (layer) => (layer === null ? "–" : String(layer + 1));

// findings

function blame(finding) {
  const wrote = finding.layers.length ? [finding.layers[0]] : [];
  const blamed = finding.culprit === null || wrote.includes(finding.culprit) ? wrote : [finding.culprit, ...wrote];
  return element("div", {}, ...blamed.map((layer, at) =>
    element("div", {}, at ? "written by " : "", folded(layerLabel(layer), 90))),
    finding.layers.length > 1 && element("div", { class: "soft" }, "and " + plural(finding.layers.length - 1, "more layer")));
}

function places(finding) {
  if (!finding.all_places) return null;
  const list = element("ol", { class: "places" });
  const unfold = () => {
    list.replaceChildren(...finding.places.map((place) => element("li", {}, code("/" + place.path),
      ` ${packedBytes(Math.round(place.packed_bytes))} in layer ${place.layer + 1}`)));
    const rest = finding.all_places - finding.places.length;
    if (rest > 0) list.append(element("li", {}, `and ${plural(rest, "more place")} (--format json shows all)`));
  };
  return element("details", { ontoggle: unfold }, element("summary", {}, plural(finding.all_places, "place")), list);
}

const what = (finding) => element("div", {}, element("b", {}, finding.title),
  element("div", {}, finding.detail), places(finding));
const fix = (finding) => element("div", {}, finding.fix,
  finding.confidence !== "certain" && element("span", { class: "soft" }, ` (${finding.confidence})`));

if (inspected.findings.length) {
  section("findings", "Findings", table("Findings", amounts([
    { name: "finding", value: (one) => one.title, cell: what },
    { name: "instruction", value: (one) => one.culprit ?? one.layers[0] ?? -1, cell: blame },
    { name: "fix", cell: fix },
  ]), inspected.findings, 100).root);
} else section("findings", "Findings", element("p", {}, "None."));

// the map

section("map", "Where the bytes are", treemap((number) => searchFor(visible(path(number)).replaceAll(" ", "*"))));

// layers

const most = Math.max(1, ...inspected.layers.map((layer) => layer.packed_bytes));

function bar(layer) {
  const filled = element("i", {});
  filled.style.width = (100 * layer.packed_bytes) / most + "%";
  return element("span", { class: "bar" }, filled);
}

const SIGNS = [["added", "+"], ["changed", "~"], ["touched", "·"], ["removed", "−"]];
const entries = (layer) => SIGNS.filter(([name]) => layer.changes[name].entries).map(([name, sign]) => element("span",
  { class: "entry", title: `${name}: ${bytes(layer.changes[name].unpacked_bytes)} unpacked` },
  sign + layer.changes[name].entries.toLocaleString("en")));

section("layers", "Layers", table("Layers", [
  { name: "layer", number: true, value: (one) => one.number, cell: (one) => layerNumber(one.number) },
  ...amounts([
    { name: "", class: "bars", cell: bar },
    { name: "entries", value: (one) => one.changes.added.entries, cell: (one) => element("span", {}, ...entries(one)) },
    { name: "instruction", value: (one) => one.instruction, class: "path",
      cell: (one) => element("div", {}, one.base && element("span", { class: "tag" }, "base"), folded(one.instruction || "–", 120)) },
  ]),
], inspected.layers, 200).root, element("p", { class: "soft" },
  "Entries: + added, ~ other content, · the same content with another mode, owner or time, − removed."));

// units and directories

const unitTable = table("Units", amounts([
  { name: "files", number: true, value: (one) => one.files, cell: (one) => one.files.toLocaleString("en") },
  { name: "layer", number: true, value: (one) => one.layer ?? -1, cell: (one) => layerNumber(one.layer) },
  { name: "unit", value: (one) => one.unit, cell: (one) => link(one.unit, "unit:" + visible(one.unit).replaceAll(" ", "-")) },
  { name: "version", value: (one) => one.version, cell: (one) => one.version + (one.kind ? ` (${one.kind})` : "") },
  { name: "within", value: (one) => one.within, cell: (one) => one.within && code("/" + one.within) },
].filter(({ name }) => name !== "within" || inspected.units.some((one) => one.within))), inspected.units, 20);

const unitBox = element("input", { type: "search", placeholder: "part of a name or version", "aria-label": "Search units", oninput: () =>
  unitTable.update(inspected.units.filter((one) => visible(one.unit + " " + one.version).toLowerCase().includes(unitBox.value.toLowerCase()))) });
section("units", "Units", ...(inspected.units.length ? [element("p", { class: "controls" }, unitBox), unitTable.root] :
  [element("p", {}, "No record of a package manager was found.")]));

section("unowned", "Owned by no unit", inspected.unowned.length ? table("Owned by no unit", amounts([
  { name: "files", number: true, value: (one) => one.files, cell: (one) => one.files.toLocaleString("en") },
  { name: "directory", value: (one) => one.path,
    cell: (one) => link("/" + one.path, `unit: ${visible("/" + one.path + "/").replaceAll(" ", "*")}`) },
]), inspected.unowned, 10).root : element("p", {}, "Nothing."));

if (inspected.unread.length) {
  section("unread", "Records that could not be read", element("p", {}, "What they own counts as owned by no unit."),
    element("ul", {}, ...inspected.unread.map((record) => element("li", {}, code("/" + record.path), ": " + record.why))));
}

// files

const fileTable = table("Files", [
  { name: "packed", number: true, first: true, value: (one) => files.packed[one], cell: (one) => packedBytes(files.packed[one]) },
  { name: "unpacked", number: true, value: (one) => files.unpacked[one], cell: (one) => bytes(files.unpacked[one]) },
  { name: "path", value: path, class: "path", cell: (one) => path(one) + (files.links[one] ? " " + files.links[one] : "") },
  { name: "layer", value: (one) => files.layer[one], cell: (one) => element("span",
    { class: "layer", title: instruction(files.layer[one]) }, layerLabel(files.layer[one]).replace(/^layer /, "")) },
  { name: "unit", value: (one) => files.units[files.unit[one]], cell: (one) => files.units[files.unit[one]] || "–" },
  { name: "finding", value: reason, cell: reason },
], [], 100);
const searchBox = element("input", { type: "search", id: "search", spellcheck: "false", autocomplete: "off",
  placeholder: "/usr/lib/*.so layer:3", "aria-label": "Search files", oninput: () => runSearch() });
const found = element("p", { class: "found", role: "status" });

function runSearch() {
  const numbers = search(searchBox.value, FIELDS);
  const sum = (column) => numbers.reduce((total, number) => total + column[number], 0);
  found.textContent = `${plural(numbers.length, "file")}, ${packedBytes(sum(files.packed))} packed, ${bytes(sum(files.unpacked))} unpacked`;
  fileTable.update(numbers);
}

section("files", "Files", element("p", { class: "soft" }, "Parts of a path, * for anything, and layer:3, unit:libc6, kind:shared, " +
  "reason:apt; unit: alone is what nobody owns."), element("p", { class: "controls" }, searchBox), found, fileTable.root);
runSearch();
