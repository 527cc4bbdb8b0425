// The map's nodes: a label, the numbers of files below, and what it splits into. A node with `file` is one file.

function node(label, found, split, more) {
  const sum = (column) => found.reduce((total, number) => total + column[number], 0);
  let children = null;
  return {
    label, files: found, packed: sum(files.packed), unpacked: sum(files.unpacked), ...more,
    wasted: { packed: wastedOf(found, files.packed), unpacked: wastedOf(found, files.unpacked) },
    get children() { return (children ??= split()); },
  };
}

function wastedOf(found, column) {
  return found.reduce((total, number) => total + (files.reason[number] ? column[number] : 0), 0);
}

const fileNode = (number) => node(files.name[number], [number], () => [], { file: number });

function grouped(found, key) {
  const groups = new Map();
  for (const number of found) {
    const value = key(number);
    if (groups.has(value)) groups.get(value).push(number);
    else groups.set(value, [number]);
  }
  return groups;
}

// the files below a directory, by the next part of their paths
function directoryNode(label, found, directory) {
  const parts = () => grouped(found, (number) => partBelow(files.directory[number], directory));
  return node(label, found, () => [...parts()].flatMap(([part, below]) =>
    part < 0 ? below.map(fileNode) : [onlyWayDown(below, part)]));
}

// a directory, or the one that it leads to where it holds nothing else
function onlyWayDown(found, directory) {
  let label = files.directory_name[directory];
  for (;;) {
    const parts = new Set(found.map((number) => partBelow(files.directory[number], directory)));
    if (parts.size > 1 || parts.has(-1)) return directoryNode(label, found, directory);
    [directory] = parts;
    label += "/" + files.directory_name[directory];
  }
}

// the directory just below `above` on the way to `directory`; -1 if it is `above` itself
function partBelow(directory, above) {
  let part = -1;
  for (let here = directory; here !== above; here = files.directory_above[here]) part = here;
  return part;
}

const layerLabel = (layer) => "layer " + (layer + 1) + (instruction(layer) ? ": " + instruction(layer) : "");
const managerOf = (number) => files.units[files.unit[number]].split(":", 1)[0];

function unitNodes(found) {
  return [...grouped(found, (number) => files.unit[number])].map(([unit, below]) =>
    directoryNode(files.units[unit].slice(files.units[unit].indexOf(":") + 1), below, 0));
}

const GROUPINGS = {
  directory: () => directoryNode("image", allFiles, 0),
  layer: () => node("image", allFiles, () => [...grouped(allFiles, (number) => files.layer[number])]
    .map(([layer, found]) => directoryNode(layerLabel(layer), found, 0))),
  unit: () => node("image", allFiles, () => [...grouped(allFiles, managerOf)].map(([manager, found]) =>
    manager ? node(manager, found, () => unitNodes(found)) : directoryNode("owned by no unit", found, 0))),
  kind: () => node("image", allFiles, () => [...grouped(allFiles, (number) => files.kind[number])]
    .map(([kind, found]) => directoryNode(files.kinds[kind], found, 0))),
};
