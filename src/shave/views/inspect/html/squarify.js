// Rectangles as near to squares as can be. Source: Bruls, Huizing, van Wijk, Squarified Treemaps (2000), section 3.
// Weights are positive, the largest first; one {x, y, width, height} is made for each.

function squarify(weights, area) {
  let { x, y, width, height } = area;
  let left = weights.reduce((sum, weight) => sum + weight, 0);
  const made = [];
  while (made.length < weights.length) {
    const side = Math.min(width, height);
    const scale = (width * height) / left;
    let count = 0;
    let sum = 0;
    for (let worst = Infinity; made.length + count < weights.length; count++) {
      const next = sum + weights[made.length + count];
      const ratio = worstRatio(weights[made.length] * scale, weights[made.length + count] * scale, next * scale, side);
      if (ratio > worst) break;
      worst = ratio;
      sum = next;
    }
    const thickness = side ? (sum * scale) / side : 0;
    let along = 0;
    for (const weight of weights.slice(made.length, made.length + count)) {
      const length = sum ? (weight / sum) * side : 0;
      made.push(width >= height
        ? { x, y: y + along, width: thickness, height: length }
        : { x: x + along, y, width: length, height: thickness });
      along += length;
    }
    if (width >= height) [x, width] = [x + thickness, Math.max(0, width - thickness)];
    else [y, height] = [y + thickness, Math.max(0, height - thickness)];
    left -= sum;
  }
  return made;
}

function worstRatio(largest, smallest, sum, side) {
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}
