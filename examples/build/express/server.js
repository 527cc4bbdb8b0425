const express = require("express");

const app = express();
app.get("/", (request, response) => response.send("hello from a small image\n"));
app.get("/echo", (request, response) => response.json({ word: request.query.word }));
app.listen(3000, "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
