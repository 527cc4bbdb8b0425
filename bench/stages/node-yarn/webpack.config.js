module.exports = { entry: "./browser/index.js", output: { path: `${__dirname}/public`, filename: "index.js" } };
