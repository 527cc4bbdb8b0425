const express = require("express");
const { createCanvas } = require("canvas");

const app = express();
app.get("/", (request, response) => response.send("badge"));
app.get("/badge/:kind/:word", ({ params }, response) => {
  const types = { png: "image/png", jpeg: "image/jpeg" };
  if (!types[params.kind]) return response.status(400).json({ error: `no ${params.kind}` });
  const canvas = createCanvas(120, 24);
  const context = canvas.getContext("2d");
  context.fillStyle = "#357";
  context.fillRect(0, 0, 120, 24);
  context.font = "14px sans-serif";
  context.fillStyle = "#fff";
  context.fillText(params.word, 8, 17);
  response.type(types[params.kind]).send(canvas.toBuffer(types[params.kind]));
});
app.listen(18101);
