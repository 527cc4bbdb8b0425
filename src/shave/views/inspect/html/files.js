// What is known of the image, and of every file by number.

const inspected = JSON.parse(document.getElementById("inspected").textContent);
const files = inspected.files;
const packedBytes = (count) => (inspected.measures.packed_estimated && count ? "~" : "") + bytes(count);

function instruction(layer) {
  return inspected.layers[layer].instruction;
}

const findingsByRule = new Map(inspected.findings.map((finding) => [finding.rule, finding]));

function reason(number) {
  const rule = files.reasons[files.reason[number]];
  return rule && findingsByRule.has(rule) ? findingsByRule.get(rule).title : rule;
}

const FIELDS = {
  layer: (wanted) => (number) => String(files.layer[number] + 1) === wanted,
  unit: valueTest("unit"), kind: valueTest("kind"), reason: valueTest("reason"),
};
