import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import fastify from "fastify";

const app = fastify({ logger: { transport: { target: "pino-pretty" } } });
app.register(fastifyStatic, { root: join(__dirname, "..", "public"), prefix: "/public/" });
app.get("/", async () => ({ name: "notes" }));
app.post("/notes", { schema: { body: { type: "object", required: ["text"], properties: { text: { type: "string" } } } } },
  async (request) => request.body);
app.get("/broken", async () => {
  throw new Error("broken on purpose");
});
app.listen({ port: 18102 });
