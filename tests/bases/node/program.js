// What Node.js needs of a system: certificates, ICU's data, threads, its own built-in modules.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const https = require("node:https");
const os = require("node:os");
const { Worker } = require("node:worker_threads");
const modules = require("node:module").builtinModules;

modules.filter((name) => !name.startsWith("_")).forEach((name) => require(name));
assert.equal(new Intl.NumberFormat("de-DE").format(1234.5), "1.234,5");
assert.equal(new Intl.DateTimeFormat("ja", { month: "long", timeZone: "Asia/Tokyo" }).format(0), "1月");
assert.equal(os.userInfo().username, "nonroot");
fs.writeFileSync(`${os.homedir()}/file`, "x");
fs.mkdtempSync(`${os.tmpdir()}/x`);
const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
worker.on("message", (answer) => assert.equal(answer, 42));

// with ourselves: the certificate is one of the authority that was added to the image
const pem = fs.readFileSync("/srv/server.pem");
const server = https.createServer({ key: pem, cert: pem }, (_, response) => response.end("hello"));
server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  https.get({ host: "localhost", port, family: 4 }, (response) => {
    assert.ok(response.socket.authorized);
    response.on("data", (body) => assert.equal(String(body), "hello")).on("end", () => server.close());
  });
});
