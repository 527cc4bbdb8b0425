import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { DateTime } from "luxon";

const app = new Hono();
app.get("/", (context) => context.text("clock"));
app.get("/at/:zone{.+}", (context) => {
  const time = DateTime.fromSeconds(0, { zone: context.req.param("zone") });
  if (!time.isValid) throw new Error(time.invalidExplanation);
  return context.json({ time: time.toISO(), words: time.setLocale("de").toLocaleString(DateTime.DATETIME_FULL) });
});
serve({ fetch: app.fetch, port: 18106 });
