// npm run board: a working day of minutes on the sandbox, watched by a real Prometheus. Every query of the board and every rule is
// asked, and the board is drawn from the answers.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVICES, type ServiceName } from "@holdfast/service";
import { parse } from "yaml";
import { secret, startAll, type Running } from "../../running.ts";
import { isInstalled, MISSING } from "../installed.ts";
import { KEY } from "../../../services/triage/src/claude/scripted-server.ts";
import { answered, type Panel } from "./answers.ts";
import { compressedRules } from "./compressed.ts";
import { day } from "./day.ts";
import { openModel } from "./model.ts";
import { picture } from "./picture/draw.ts";
import { startPrometheus, type Prometheus, type Span } from "./prometheus.ts";
import { settings } from "./staff.ts";
import { watchAlerts } from "./watch-alerts.ts";

/** How many times shorter this day is than a true one. */
const FACTOR = 20;
const PICTURE = "docs/board.svg";
const TOLD = `A working day of minutes on the sandbox, asked from a real Prometheus (npm run board); every duration of the rules is divided by ${FACTOR}.`;

/** Whoever is told there does not answer. */
const NOBODY = "http://127.0.0.1:9";

/** What cannot be brought about here without days of waiting; the unit tests of the rules fire them. */
const NOT_TODAY = [
  "HoldfastServiceNotReady",
  "HoldfastWorkStuck",
  "HoldfastOutcomeUnknown",
  "HoldfastAuditGap",
  "HoldfastNobodyTold",
];

type Rules = {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string; readonly record?: string }[] }[];
};

if (!isInstalled("prometheus")) throw new Error(MISSING);
process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const data = mkdtempSync(join(tmpdir(), "holdfast-board-"));
  const config = join(data, "config");
  const staff = settings(config);
  await using model = await openModel();
  await using running = await startAll(
    {
      HOLDFAST_CONFIG: config,
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: model.url,
      HOLDFAST_SETTLE_SECONDS: "1",
      HOLDFAST_RECONCILE_SECONDS: "5",
      HOLDFAST_NOTIFY_WEBHOOK_URL: NOBODY,
    },
    data,
  );
  const rules = compressedRules(FACTOR);
  await using prometheus = await startPrometheus({
    folder: join(data, "prometheus"),
    rules,
    targets: targets(running),
  });
  const from = Date.now() / 1000;
  const say = (what: string): void =>
    console.info(`${String(Math.round(Date.now() / 1000 - from)).padStart(4)} s  ${what}`);
  await using fired = watchAlerts(prometheus, say);
  await day({ running, model, staff: { ...staff, alice: secret(running, "approver.token") }, say });
  const over = { from, to: Date.now() / 1000 };
  const panels = await answered(prometheus, over);
  const isWhole = await report(panels, rules, fired.summaries, prometheus, over);
  writeFileSync(PICTURE, picture(panels, over, TOLD));
  console.info(`The board is drawn in ${PICTURE}.`);
  return isWhole;
}

function targets(running: Running): Readonly<Record<string, string>> {
  const { settings: set } = running.holdfast();
  const port = (service: ServiceName): number =>
    set[`HOLDFAST_${service.toUpperCase() as Uppercase<ServiceName>}_ADMIN_PORT`];
  return Object.fromEntries(SERVICES.map((service) => [service, `127.0.0.1:${port(service)}`]));
}

/** @returns whether every query had an answer, every recorded rule has data, and each alert of the day fired. */
async function report(
  panels: readonly Panel[],
  rules: readonly string[],
  summaries: ReadonlyMap<string, string>,
  prometheus: Prometheus,
  over: Span,
): Promise<boolean> {
  const all = rules.flatMap((text) => (parse(text) as Rules).groups.flatMap((group) => group.rules));
  const asked = panels.flatMap(({ title, answers }) => answers.map((answer) => ({ title, ...answer })));
  const silent = asked.filter(({ series }) => series.every(({ points }) => points.length === 0));
  const empty: string[] = [];
  for (const { record } of all)
    if (record !== undefined && (await prometheus.range(record, over, 2)).length === 0) empty.push(record);
  const alerts = all.flatMap(({ alert }) => alert ?? []);
  const missing = alerts.filter((alert) => !summaries.has(alert) && !NOT_TODAY.includes(alert));
  console.info(
    `\n${asked.length} queries of ${panels.filter(({ type }) => type !== "row").length} panels, ${silent.length} without an answer.`,
  );
  for (const { title, expr } of silent) console.info(`  NO DATA  ${title}: ${expr}`);
  console.info(
    `${all.length - alerts.length} recorded rules, ${empty.length} without data.${empty.map((name) => `\n  NO DATA  ${name}`).join("")}`,
  );
  console.info(`${alerts.length} alerts, ${summaries.size} fired:`);
  for (const alert of alerts) {
    const says = summaries.get(alert);
    console.info(
      `  ${says === undefined ? (missing.includes(alert) ? "MISSING" : "unit test") : "fired"}  ${alert}  ${says ?? ""}`,
    );
  }
  const garbled = [...summaries.values()].filter((says) => says === "" || says.includes("<error"));
  return silent.length === 0 && empty.length === 0 && missing.length === 0 && garbled.length === 0;
}
