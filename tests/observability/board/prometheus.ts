import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { until } from "../../running.ts";

/** A real Prometheus, small: it scrapes these addresses each second, by these rules. */
export type Prometheus = AsyncDisposable & {
  readonly instant: (expr: string, at: number) => Promise<readonly Series[]>;
  readonly range: (expr: string, over: Span, stepSeconds: number) => Promise<readonly Series[]>;
  readonly firing: () => Promise<readonly Alert[]>;
};

/** Seconds since the epoch. */
export type Span = { readonly from: number; readonly to: number };
export type Labels = Readonly<Record<string, string>>;
export type Series = { readonly labels: Labels; readonly points: readonly (readonly [at: number, value: number])[] };
export type Alert = { readonly name: string; readonly summary: string };

type Given = { readonly folder: string; readonly rules: readonly string[]; readonly targets: Labels };
type Answer = { readonly status: string; readonly error?: string; readonly data: unknown };
type Result = {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
};

export async function startPrometheus({ folder, rules, targets }: Given): Promise<Prometheus> {
  mkdirSync(folder, { recursive: true });
  const files = rules.map((rule, at) => written(folder, `rules-${at}.yml`, rule));
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: files,
    scrape_configs: [
      {
        job_name: "holdfast",
        honor_labels: true,
        static_configs: Object.entries(targets).map(([service, target]) => ({
          targets: [target],
          labels: { service },
        })),
      },
    ],
  };
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${written(folder, "prometheus.yml", JSON.stringify(config))}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore", env: { ...process.env, GOMEMLIMIT: "300MiB" } },
  );
  const url = `http://127.0.0.1:${port}`;
  const get = async (path: string, query: Labels): Promise<unknown> => {
    const answer = (await (
      await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`)
    ).json()) as Answer;
    if (answer.status !== "success") throw new Error(`${query["query"]}: ${answer.error}`);
    return answer.data;
  };
  const asked = async (path: string, query: Labels): Promise<readonly Series[]> =>
    ((await get(path, query)) as { result: Result[] }).result.map(seriesOf);
  await until("Prometheus", async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  return {
    instant: (expr, at) => asked("query", { query: expr, time: String(at) }),
    range: (expr, { from, to }, step) =>
      asked("query_range", { query: expr, start: String(from), end: String(to), step: String(step) }),
    firing: async () => {
      type Told = { labels: Labels; annotations: Labels; state: string };
      const { alerts } = (await get("alerts", {})) as { alerts: Told[] };
      return alerts
        .filter(({ state }) => state === "firing")
        .map(({ labels, annotations }) => ({ name: labels["alertname"] ?? "", summary: annotations["summary"] ?? "" }));
    },
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        if (child.exitCode !== null) return done();
        child.once("exit", () => done());
        child.kill("SIGTERM");
      }),
  };
}

function seriesOf({ metric, value, values }: Result): Series {
  const points = (values ?? (value === undefined ? [] : [value])).map(([at, text]) => [at, Number(text)] as const);
  return { labels: metric, points: points.filter(([, number]) => Number.isFinite(number)) };
}

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
