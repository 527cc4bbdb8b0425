// What is known of the slimming, and of every path by number.

const slimmed = JSON.parse(document.getElementById("slimmed").textContent);
const files = slimmed.files;
const isKept = files.whys.map(([fate]) => fate === "kept");
const kept = (number) => isKept[files.why[number]];
const keptOr = (number) => (kept(number) ? "kept" : "dropped");

const BECAUSE = {
  trace: "used by a run", need: "needed by another file", unit: "with its unit", application: "the application's",
  habit: "by habit", always: "in every image", glob: "asked for", directory: "holds others", symlink: "by symlink",
  grain: "by the grain", repair: "by repair",
};

// a reason as a row names it
const reason = (number) => files.whys[files.why[number]][2];

const FIELDS = {
  unit: valueTest("unit"),
  fate: (wanted) => (number) => keptOr(number) === wanted,
  why: (wanted) => {
    const said = files.whys.map(([, because, words]) =>
      visible(`${BECAUSE[because] || ""} ${words}`).toLowerCase().replaceAll(" ", "-").includes(wanted));
    return (number) => said[files.why[number]];
  },
};

// as verbs/keeping.py writes it: a glob for this path alone, quoted for a shell
function keepOption(name) {
  const glob = name.replace(/[*?[{]/g, "[$&]");
  return "--keep " + (/^[\w@%+=:,./-]+$/.test(glob) ? glob : "'" + glob.replaceAll("'", "'\"'\"'") + "'");
}

// the path and what keeps it, step by step; a plan's first reasons make no cycles, but a page believes nobody
function chain(number) {
  const steps = [];
  for (let here = number; here >= 0 && steps.length < 9; here = files.source[here]) steps.push(here);
  return steps;
}
