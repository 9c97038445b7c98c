import express from "express";
import { expect, test } from "vitest";
import { openAdmin } from "./admin.ts";
import { listen, nothingHere, problem, unexpected } from "./door.ts";
import { openLog } from "./log.ts";
import { openMetrics } from "./metrics.ts";

const log = openLog({ service: "test", level: "error", to: { write: () => undefined } });
const place = (port = 0) => ({
  host: "127.0.0.1",
  port,
  portSetting: "HOLDFAST_INTAKE_PORT",
  hostSetting: "HOLDFAST_INTAKE_HOST",
});

test("a port in use is named, with the setting that moves it", async () => {
  await using door = await listen((_, res) => res.end(), place());
  await expect(listen((_, res) => res.end(), place(door.port))).rejects.toThrow(
    `Port ${door.port} on 127.0.0.1 is in use by another program. Set HOLDFAST_INTAKE_PORT to a free port and start again.`,
  );
});

test("an address that this machine does not have is named, with the setting that moves it", async () => {
  await expect(listen((_, res) => res.end(), { ...place(), host: "192.0.2.1" })).rejects.toThrow(
    /has no address 192\.0\.2\.1\. Set HOLDFAST_INTAKE_HOST/,
  );
});

test("a refusal is problem+json with a sentence", async () => {
  await using door = await listen((_, res) => problem(res, 413, "Too much.", { most: 3 }), place());
  const answer = await fetch(door.url);
  expect(answer.status).toBe(413);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(await answer.json()).toEqual({
    type: "about:blank",
    title: "Payload Too Large",
    status: 413,
    detail: "Too much.",
    most: 3,
  });
});

test("an unexpected error says nothing of our insides", async () => {
  const app = express();
  app.get("/broken", () => {
    throw new Error("the password is swordfish");
  });
  app.use(nothingHere("The doors are few."), unexpected(log));
  await using door = await listen(app, place());
  const broken = await fetch(`${door.url}/broken`);
  expect(broken.status).toBe(500);
  expect(await broken.text()).not.toMatch(/swordfish|door\.test/);
  const missing = await fetch(`${door.url}/nowhere`);
  expect(await missing.json()).toMatchObject({
    status: 404,
    detail: "There is nothing at GET /nowhere. The doors are few.",
  });
});

test("ready is 503 with every sentence of what is not, and 200 once nothing is left", async () => {
  const open = { bus: false, views: false };
  await using admin = await openAdmin(place(), openMetrics("intake"));
  admin.ready("bus", () => {
    if (!open.bus) throw new Error("The bus is not writable.");
  });
  admin.ready("views", async () => {
    if (!open.views) throw new Error("The views have not caught up.");
  });
  const before = await fetch(`${admin.url}/readyz`);
  expect(before.status).toBe(503);
  expect(await before.json()).toMatchObject({
    detail: "The bus is not writable. The views have not caught up.",
    notReady: ["The bus is not writable.", "The views have not caught up."],
  });
  expect((await fetch(`${admin.url}/healthz`)).status).toBe(200);
  open.bus = open.views = true;
  expect((await fetch(`${admin.url}/readyz`)).status).toBe(200);
});

test("metrics say of every check whether it passes now", async () => {
  const metrics = openMetrics("intake");
  await using admin = await openAdmin(place(), metrics);
  let broken = true;
  admin.ready("bus", () => {
    if (broken) throw new Error("The bus is not writable.");
  });
  admin.ready("views", () => undefined);
  expect(await metrics.text()).toContain('holdfast_ready{check="bus",service="intake"} 0');
  expect(await metrics.text()).toContain('holdfast_ready{check="views",service="intake"} 1');
  broken = false;
  expect(await metrics.text()).toContain('holdfast_ready{check="bus",service="intake"} 1');
});

test("metrics carry the service, the defaults of the process, and what was counted", async () => {
  const metrics = openMetrics("intake");
  metrics.counter("holdfast_alerts_total", "Alerts taken.", ["status"]).inc({ status: "firing" }, 2);
  metrics.gauge("holdfast_lag", "Lag.", [], (gauge) => gauge.set(7));
  await using admin = await openAdmin(place(), metrics);
  const text = await (await fetch(`${admin.url}/metrics`)).text();
  expect(text).toContain('holdfast_alerts_total{status="firing",service="intake"} 2');
  expect(text).toContain('holdfast_lag{service="intake"} 7');
  expect(text).toContain("process_cpu_seconds_total");
});
