const express = require("express");
const sharp = require("sharp");

const app = express();
app.set("view engine", "ejs");
app.use(express.static("public"));
app.get("/", (request, response) => response.render("home", { name: "shop" }));
app.get("/picture", async ({ query }, response, next) => {
  try {
    const create = { width: Number(query.width), height: 8, channels: 3, background: "#357" };
    response.type("image/webp").send(await sharp({ create }).webp().toBuffer());
  } catch (error) {
    next(error);
  }
});
app.use((error, request, response, next) => response.status(500).json({ error: error.message }));
app.listen(18105);
