// Every path by number, and the search over them. `files` has a column `name` and one of numbers of directories.

const directoryPaths = [""];
for (let number = 1; number < files.directory_name.length; number++) {
  directoryPaths.push(directoryPaths[files.directory_above[number]] + "/" + files.directory_name[number]);
}
const allFiles = files.name.map((_, number) => number);
const path = (number) => directoryPaths[files.directory[number]] + "/" + files.name[number];

let lowered = null;

function loweredPaths() {
  lowered ??= allFiles.map((number) => visible(path(number)).toLowerCase());
  return lowered;
}

// "lib*.so unit:libc" → the files that pass every word. Words are parts of the path, * stands for anything; a word
// before a colon is one of `fields`, each of which makes a test of a file number from what stands behind it.
function search(query, fields) {
  const all = query.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const [, name, wanted] = /^(\w+):(.*)$/.exec(word) || [];
    return name && Object.hasOwn(fields, name) ? fields[name](wanted) : pathTest(word);
  });
  return allFiles.filter((number) => all.every((one) => one(number)));
}

// a field over a column of numbers of values
function valueTest(column) {
  return (wanted) => {
    const said = files[column + "s"].map((value) => matches(visible(value).toLowerCase().replaceAll(" ", "-"), wanted, column));
    return (number) => said[files[column][number]];
  };
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
