// Every file by number, and the search over them.

const inspected = JSON.parse(document.getElementById("inspected").textContent);
const files = inspected.files;
const packedBytes = (count) => (inspected.measures.packed_estimated && count ? "~" : "") + bytes(count);

const directoryPaths = [""];
for (let number = 1; number < files.directory_name.length; number++) {
  directoryPaths.push(directoryPaths[files.directory_above[number]] + "/" + files.directory_name[number]);
}
const allFiles = files.name.map((_, number) => number);
const path = (number) => directoryPaths[files.directory[number]] + "/" + files.name[number];

function instruction(layer) {
  return inspected.layers[layer].instruction;
}

const findingsByRule = new Map(inspected.findings.map((finding) => [finding.rule, finding]));

function reason(number) {
  const rule = files.reasons[files.reason[number]];
  return rule && findingsByRule.has(rule) ? findingsByRule.get(rule).title : rule;
}

let lowered = null;

function loweredPaths() {
  lowered ??= allFiles.map((number) => visible(path(number)).toLowerCase());
  return lowered;
}

// "lib*.so layer:3 unit:libc" → a test of a file number. Words are parts of the path, * stands for anything.
function tests(query) {
  return query.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const field = /^(layer|unit|kind|reason):(.*)$/.exec(word);
    if (!field) return pathTest(word);
    const [, name, wanted] = field;
    if (name === "layer") return (number) => String(files.layer[number] + 1) === wanted;
    const said = files[name + "s"].map((value) => matches(visible(value).toLowerCase().replaceAll(" ", "-"), wanted, name));
    return (number) => said[files[name][number]];
  });
}

// a part of a value is enough, but for a unit named with its manager; "unit:" alone finds what nobody owns
function matches(value, wanted, name) {
  return wanted === "" ? value === "" : name === "unit" && wanted.includes(":") ? value === wanted : value.includes(wanted);
}

function pathTest(word) {
  const paths = loweredPaths();
  if (!word.includes("*")) return (number) => paths[number].includes(word);
  const parts = word.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp((word.startsWith("/") ? "^" : "") + parts.join(".*") + (word.endsWith("*") ? "" : "$"));
  return (number) => pattern.test(paths[number]);
}

function search(query) {
  const all = tests(query);
  return allFiles.filter((number) => all.every((one) => one(number)));
}
