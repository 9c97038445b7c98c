import { openApp } from "@holdfast/intake/app";
import { listen, openLog, openMetrics, type Door } from "@holdfast/service";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCounts, type Intake } from "../services/intake/src/intake.ts";
import { memoryBus } from "../services/intake/src/memory-bus.ts";
import { startPoll } from "../services/intake/src/poll.ts";

/**
 * A real Prometheus evaluates a real rule, and a real Alertmanager notifies intake.
 * Debian and Ubuntu have both: apt-get install prometheus prometheus-alertmanager.
 */

const PROMETHEUS = installed("prometheus");
const ALERTMANAGER = installed("prometheus-alertmanager", "alertmanager");
const MISSING =
  "prometheus and prometheus-alertmanager are not installed, so NOTHING here was tested: apt-get install prometheus prometheus-alertmanager";
const isInstalled = PROMETHEUS !== undefined && ALERTMANAGER !== undefined;
const isCi = process.env["CI"] !== undefined && process.env["CI"] !== "false";

const TOKEN = "a-token-of-this-test";
const WAIT = { timeout: 60_000, interval: 100 };

const folder = mkdtempSync(join(tmpdir(), "holdfast-alertmanager-"));
const children: ChildProcess[] = [];
const bus = memoryBus();
const log = openLog({ service: "intake", level: "error", to: { write: () => undefined } });
const metrics = openMetrics("intake");
const intake: Intake = { bus, log, now: Date.now, counts: openCounts(metrics) };
let broken = 0;
let target: Server;
let door: Door;
let alertmanagerUrl: string;

beforeAll(async () => {
  if (!isInstalled) return;
  door = await listen(openApp(intake, TOKEN), {
    host: "127.0.0.1",
    port: 0,
    portSetting: "HOLDFAST_INTAKE_PORT",
    hostSetting: "HOLDFAST_INTAKE_HOST",
  });
  target = createServer((_, res) =>
    res.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(`broken{pod="web-1"} ${broken}\n`),
  );
  await new Promise<void>((done) => target.listen(0, "127.0.0.1", done));
  await startAlertmanager();
  await startPrometheus();
}, 60_000);

afterAll(async () => {
  await Promise.all(children.map((child) => new Promise((done) => child.once("exit", done).kill("SIGTERM"))));
  target?.close();
  await door?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

if (!isInstalled) {
  if (isCi) test("a real Alertmanager notifies intake", () => expect.fail(MISSING));
  else test.skip(`a real Alertmanager notifies intake (${MISSING})`);
}

test.runIf(isInstalled)(
  "a rule of a real Prometheus fires into intake, a 503 is sent again, the poll makes the same event, and its end arrives",
  { timeout: 180_000 },
  async () => {
    bus.failNext(2);
    broken = 1;
    await vi.waitFor(() => expect(bus.published.map(({ status }) => status)).toEqual(["firing"]), WAIT);
    expect(await metrics.text()).toContain('holdfast_intake_refusals_total{reason="not_durable",service="intake"} 2');
    const [fired] = bus.published;
    expect(fired).toMatchObject({
      via: "webhook",
      receiver: "holdfast",
      externalUrl: alertmanagerUrl,
      truncatedAlerts: 0,
      endsAt: null,
    });
    expect(fired?.labels).toEqual(
      expect.arrayContaining([
        { name: "alertname", value: "Broken" },
        { name: "pod", value: "web-1" },
      ]),
    );
    expect(fired?.annotations).toEqual([{ name: "summary", value: "web-1 is broken" }]);

    const stop = new AbortController();
    const polling = memoryBus();
    const poller = startPoll({ ...intake, bus: polling }, { url: alertmanagerUrl, everyMs: 200 }, stop.signal);
    await vi.waitFor(() => expect(polling.published.map(({ id }) => id)).toEqual([fired?.id]), WAIT);
    expect(polling.published[0]).toMatchObject({
      via: "poll",
      receiver: "holdfast",
      labels: fired?.labels,
      annotations: fired?.annotations,
    });

    broken = 0;
    await vi.waitFor(() => expect(bus.published.map(({ status }) => status)).toContain("resolved"), WAIT);
    const resolved = bus.published.find(({ status }) => status === "resolved");
    expect(resolved).toMatchObject({ fingerprint: fired?.fingerprint, startsAt: fired?.startsAt });
    expect(resolved?.endsAt).toBeGreaterThan(fired?.startsAt ?? 0);
    await vi.waitFor(() => expect(polling.published.map(({ id }) => id)).toEqual([fired?.id, resolved?.id]), WAIT);
    stop.abort();
    await poller.done;
  },
);

async function startAlertmanager(): Promise<void> {
  const port = await freePort();
  alertmanagerUrl = `http://127.0.0.1:${port}`;
  const config = write("alertmanager.yml", {
    route: { receiver: "holdfast", group_by: ["..."], group_wait: "0s", group_interval: "1s", repeat_interval: "1h" },
    receivers: [
      {
        name: "holdfast",
        webhook_configs: [
          {
            url: `${door.url}/v1/alertmanager`,
            send_resolved: true,
            max_alerts: 100,
            http_config: { authorization: { type: "Bearer", credentials: TOKEN } },
          },
        ],
      },
    ],
  });
  const storage = join(folder, "alertmanager");
  start(ALERTMANAGER, [
    `--config.file=${config}`,
    `--storage.path=${storage}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.external-url=${alertmanagerUrl}`,
    "--cluster.listen-address=",
  ]);
  await answers(`${alertmanagerUrl}/-/ready`);
}

async function startPrometheus(): Promise<void> {
  const port = await freePort();
  const rule = {
    alert: "Broken",
    expr: "broken == 1",
    labels: { severity: "critical" },
    annotations: { summary: "{{ $labels.pod }} is broken" },
  };
  const rules = write("rules.yml", { groups: [{ name: "test", rules: [rule] }] });
  const { port: targetPort } = target.address() as AddressInfo;
  const config = write("prometheus.yml", {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanagerUrl).host] }] }] },
    scrape_configs: [{ job_name: "target", static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }] }],
  });
  const storage = join(folder, "prometheus");
  start(PROMETHEUS, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${storage}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--rules.alert.resend-delay=1s",
  ]);
  await answers(`http://127.0.0.1:${port}/-/ready`);
}

/** JSON is YAML. */
function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

function start(binary: string | undefined, args: readonly string[]): void {
  if (binary === undefined) throw new Error(MISSING);
  children.push(spawn(binary, args, { stdio: "ignore" }));
}

async function answers(url: string): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(url)).ok).toBe(true), WAIT);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function installed(...names: readonly string[]): string | undefined {
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}
