// The tree of what a search found: a directory makes its rows when it is opened, the largest first, so many at a time.

const STEP = 100;
const OPENED = 60;

// what of the paths found lies in and below each directory
function totals(found) {
  const count = files.directory_name.length;
  const column = () => new Float64Array(count);
  const sums = { kept: column(), dropped: column(), keptFiles: column(), droppedFiles: column() };
  const inside = Array.from({ length: count }, () => ({ files: [], directories: [] }));
  for (const number of found) {
    const directory = files.directory[number];
    sums[keptOr(number)][directory] += files.bytes[number];
    sums[keptOr(number) + "Files"][directory] += 1;
    inside[directory].files.push(number);
  }
  for (let directory = count - 1; directory > 0; directory--) {
    if (!sums.keptFiles[directory] && !sums.droppedFiles[directory]) continue;
    const above = files.directory_above[directory];
    for (const column of Object.values(sums)) column[above] += column[directory];
    inside[above].directories.push(directory);
  }
  return { sums, inside };
}

function tree(found) {
  const { sums, inside } = totals(found);
  const opened = [];
  const rows = element("div", { class: "rows" });
  fill(rows, 0);
  for (let at = 0; at < opened.length && rows.querySelectorAll("details").length < OPENED && found.length < allFiles.length; at++) {
    opened[at].open = true;
    opened[at].unfold();
  }
  return rows;

  function fill(held, directory) {
    const size = (one) => (one.directory === undefined ? files.bytes[one.file] : sums.kept[one.directory] + sums.dropped[one.directory]);
    const all = [...inside[directory].directories.map(onlyWayDown), ...inside[directory].files.map((file) => ({ file }))]
      .sort((a, b) => size(b) - size(a));
    const add = (from, count) => {
      held.append(...all.slice(from, from + count).map((one) => (one.file === undefined ? directoryRow(one) : fileRow(one.file))));
      const rest = all.length - from - count;
      if (rest <= 0) return;
      const more = element("button", { type: "button", class: "more", onclick: () => { more.remove(); add(from + count, 10 * count); } },
        "Show more of " + all.length.toLocaleString("en"));
      held.append(more);
    };
    add(0, STEP);
  }

  // a directory, or the one that it leads to where it holds nothing else
  function onlyWayDown(directory) {
    let label = files.directory_name[directory];
    while (!inside[directory].files.length && inside[directory].directories.length === 1) {
      [directory] = inside[directory].directories;
      label += "/" + files.directory_name[directory];
    }
    return { directory, label };
  }

  function directoryRow({ directory, label }) {
    const counts = [[sums.keptFiles[directory], "kept"], [sums.droppedFiles[directory], "dropped"]]
      .filter(([count]) => count).map(([count, fate]) => `${count.toLocaleString("en")} ${fate}`).join(", ");
    const amount = (fate) => (sums[fate + "Files"][directory] ? sums[fate][directory] : null);
    return row(label + "/", amount("kept"), amount("dropped"), counts, "directory",
      (held) => fill(held, directory));
  }

  function fileRow(number) {
    const bytes = files.bytes[number];
    return row(files.name[number], kept(number) ? bytes : null, kept(number) ? null : bytes, reason(number),
      keptOr(number), (held) => held.append(...about(number)));
  }

  function row(name, stays, goes, words, look, unfold) {
    const held = element("div", { class: "held" });
    const amount = (count, fate) => element("span", { class: "amount " + fate }, count === null ? "" : bytes(count));
    const made = element("details", { class: look }, element("summary", {}, element("span", { class: "name path" }, name),
      amount(stays, "stays"), amount(goes, "goes"), element("span", { class: "why" }, shortened(words, 120))), held);
    made.unfold = () => { if (!held.childElementCount) unfold(held); };
    made.addEventListener("toggle", () => made.open && made.unfold());
    if (look === "directory") opened.push(made);
    return made;
  }
}

// what an opened file says of itself
function about(number) {
  const unit = files.units[files.unit[number]];
  const lines = kept(number) ? chain(number).map((step, depth) => {
    const line = element("div", { class: "step" }, code(path(step)), (depth ? ", which " : " ") + files.whys[files.why[step]][3]);
    line.style.paddingLeft = depth + "rem";
    return line;
  }) : [element("div", {}, code(path(number)), " goes: " + reason(number)),
    element("div", {}, "keep it with ", code(keepOption(path(number))), ...(unit ? [" or ", code(unitOption(unit))] : []))];
  return [...lines, unit && element("div", {}, "of ", link(unit, "unit:" + visible(unit).replaceAll(" ", "-")))].filter(Boolean);
}

const unitOptions = new Map(slimmed.units.map((unit) => [unit.unit, unit.keep]));
const unitOption = (unit) => unitOptions.get(unit) || "";
