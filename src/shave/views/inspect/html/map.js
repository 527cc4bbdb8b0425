// The map: nodes as nested rectangles, coloured by what sort of files they are. A click or Enter goes into one, Escape
// comes out again.

const DEEPEST = 4;
const LEAST = { area: 200, width: 54, height: 34 };
const TITLE = 17;

// the kinds with the most bytes have a colour of their own, by number from 1; the others share none
const colours = new Map([...grouped(allFiles, (number) => files.kind[number])]
  .map(([kind, found]) => [kind, found.reduce((sum, number) => sum + files.packed[number], 0)])
  .filter(([kind, sum]) => sum && files.kinds[kind] !== "other")
  .sort(([, a], [, b]) => b - a).slice(0, 8).map(([kind], at) => [kind, at + 1]));

function mainKind(one, measure) {
  const sums = new Map();
  for (const number of one.files) {
    const kind = files.kind[number];
    sums.set(kind, (sums.get(kind) || 0) + files[measure][number]);
  }
  return [...sums].reduce((best, next) => (next[1] > best[1] ? next : best), [-1, -1])[0];
}

// the children worth drawing in an area, largest first; the many small ones become one that can be gone into
function parts(parent, measure, area) {
  const sized = parent.children.filter((child) => child[measure] > 0).sort((a, b) => b[measure] - a[measure]);
  const space = area.width * area.height;
  const count = sized.findIndex((child) => child[measure] * space < LEAST.area * parent[measure]);
  if (count < 0 || sized.length - count < 2) return sized;
  if (count === 0 && space > 16 * LEAST.area) return runs(sized, Math.min(60, Math.floor(space / (4 * LEAST.area))));
  return [...sized.slice(0, count), together(plural(sized.length - count, "smaller one"), sized.slice(count))];
}

const together = (label, nodes) => node(label, nodes.flatMap((one) => one.files), () => nodes, { rest: true });

// where all are small: neighbours in size together, or going into them would show the same again
function runs(sized, count) {
  const length = Math.ceil(sized.length / count);
  return Array.from({ length: Math.ceil(sized.length / length) }, (_, at) => sized.slice(at * length, (at + 1) * length))
    .map((run) => together(`${run[0].label} … ${run[run.length - 1].label}`, run));
}

function place(parent, measure, area) {
  const children = parts(parent, measure, area);
  const boxes = squarify(children.map((child) => child[measure]), area);
  return children.map((child, at) => ({ child, box: boxes[at] }));
}

function treemap(onFile) {
  let grouping = "directory";
  let measure = "packed";
  let trail = [GROUPINGS.directory()];
  const plot = element("div", { class: "map", role: "group", "aria-label": "Map of the image's bytes", onkeydown: onKey });
  const crumbs = element("nav", { class: "crumbs", "aria-label": "Where in the map" });
  const detail = element("p", { class: "detail", "aria-live": "polite" });
  const choice = (label, names, onchange) => element("label", {}, label + " ", element("select", {
    onchange: (event) => { onchange(event.target.value); draw(); } }, ...names.map((name) => element("option", {}, name))));
  const root = element("div", {},
    element("div", { class: "controls" },
      choice("by", Object.keys(GROUPINGS), (name) => { grouping = name; trail = [GROUPINGS[grouping]()]; }),
      choice("sized by", ["packed", "unpacked"], (name) => { measure = name; }),
      crumbs), plot, detail, legend());

  function nest(parent, area, way) {
    return place(parent, measure, area).flatMap(({ child, box }) => {
      const inside = { x: box.x + 2, y: box.y + TITLE, width: box.width - 4, height: box.height - TITLE - 2 };
      const roomy = inside.width > LEAST.width && inside.height > LEAST.height;
      const nested = roomy && child.file === undefined && !child.rest && way.length < DEEPEST;
      const here = [...way, child];
      return [cell(child, box, here, nested), ...(nested ? nest(child, inside, here) : [])];
    });
  }

  function draw(focus) {
    const here = trail[trail.length - 1];
    const cells = nest(here, { x: 0, y: 0, width: plot.clientWidth, height: plot.clientHeight }, []);
    plot.replaceChildren(...cells);
    if (cells.length) cells[0].tabIndex = 0;
    if (focus && cells.length) cells[0].focus({ preventScroll: true });
    drawCrumbs();
    detail.replaceChildren(describe(here));
  }

  function cell(child, box, way, nested) {
    const look = nested ? "frame" : "leaf colour" + (colours.get(mainKind(child, measure)) || 0);
    const wasted = !nested && child.wasted[measure] > child[measure] / 2 ? " wasted" : "";
    const tell = () => detail.replaceChildren(describe(child));
    const made = element("button", {
      type: "button", tabindex: "-1", class: `cell ${look}${wasted}`, onmouseenter: tell, onfocus: tell,
      "aria-label": visible(`${child.label}, ${bytes(child[measure])}`), onclick: () => enter(way),
    });
    Object.assign(made.style, { left: box.x + "px", top: box.y + "px", width: box.width + "px", height: box.height + "px" });
    if (box.width > 30 && box.height > 14) {
      made.append(element("span", { class: "label" }, shortened(child.label, 80)));
      if (nested || box.height > 31) made.append(element("span", { class: "amount" }, bytes(child[measure])));
    }
    return made;
  }

  function enter(way) {
    const last = way[way.length - 1];
    if (last.file !== undefined) {
      onFile(last.file);
      return;
    }
    trail = [...trail, ...way];
    draw(true);
  }

  function back(depth) {
    trail = trail.slice(0, depth);
    draw(true);
  }

  function drawCrumbs() {
    crumbs.replaceChildren(...trail.map((one, at) => at === trail.length - 1
      ? element("span", { "aria-current": "location" }, shortened(one.label, 60))
      : element("button", { type: "button", onclick: () => back(at + 1) }, shortened(one.label, 60))));
  }

  function onKey(event) {
    const cells = [...plot.children];
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = step && cells[cells.indexOf(document.activeElement) + step];
    if (next) next.focus();
    else if (event.key === "Escape" && trail.length > 1) back(trail.length - 1);
    else if (!step) return;
    event.preventDefault();
  }

  function describe(one) {
    const share = (100 * one[measure]) / (trail[0][measure] || 1);
    const line = element("span", {}, element("b", {}, one.file === undefined ? one.label : path(one.file)),
      ` · ${packedBytes(one.packed)} packed · ${bytes(one.unpacked)} unpacked · ${share.toFixed(1)} % of the content`);
    if (one.file === undefined) line.append(` · ${plural(one.files.length, "file")}`);
    else line.append(...about(one.file).map((text) => " · " + visible(text)));
    return line;
  }

  new ResizeObserver(() => draw()).observe(plot);
  return root;
}

function legend() {
  const swatch = (look) => element("i", { class: "swatch " + look });
  return element("p", { class: "legend" }, ...[...colours].map(([kind, colour]) => element("span", {},
    swatch("colour" + colour), files.kinds[kind])), element("span", {}, swatch("colour0"), "others"),
    element("span", {}, swatch("colour0 wasted"), "mostly what a finding is about"));
}

// the layer, unit and reason of a file, in words
function about(number) {
  const unit = files.units[files.unit[number]];
  return [layerLabel(files.layer[number]), unit || "owned by no unit", reason(number)].filter(Boolean)
    .map((text) => shortened(text, 160));
}
