import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, openSandbox, type Sandbox } from "@holdfast/sandbox";
import { readSettings } from "@holdfast/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdfast } from "../cli/src/holdfast.ts";
import { painter } from "../cli/src/terminal.ts";
import { temporaryFolder } from "../cli/src/testing.ts";
import { startHoldfast } from "../scripts/supervisor.ts";

/** `holdfast observe` on real processes, against a cluster that is reached by a kubeconfig, as anybody's own is. */

const TIMEOUT = 240_000;
const GONE = "http://127.0.0.1:9";

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Ctrl-C comes once it has said where the inbox is. */
async function observe(args: readonly string[]): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const code = await holdfast(["observe", ...args], {
    settings: readSettings("cli", {}),
    say: (text) => {
      out.push(text);
      if (text.startsWith("INBOX")) stop.abort();
    },
    warn: (text) => void err.push(text),
    ask: () => Promise.resolve(undefined),
    paint: painter(false, undefined),
    now: Date.now,
    fetch,
    env: process.env,
    openBus: () => Promise.reject(new Error("no bus is opened here")),
    start: startHoldfast,
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT)]),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.break("bad-rollout");
  await sandbox.break("node-not-ready");
});

afterAll(() => sandbox[Symbol.asyncDispose]());

function kubeconfig(name: "admin" | "triage" = "admin", url = sandbox.url): string {
  const file = join(temporaryFolder(), "kubeconfig");
  writeFileSync(file, kubeconfigOf(url, name, sandbox.tokens[name]), { mode: 0o600 });
  return file;
}

const leftOver = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("holdfast-observe-"));

/** What the cluster was asked since then, by whom, and what it was not asked in a read. */
function askedSince(count: number): { readonly agents: readonly string[]; readonly others: readonly string[] } {
  const requests = sandbox.requests().slice(count);
  expect(requests.length).toBeGreaterThan(0);
  return {
    agents: [...new Set(requests.map(({ userAgent }) => userAgent.replace(/\/.*/, "")))].toSorted(),
    others: requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
  };
}

test(
  "without an Alertmanager the workloads are looked at: causes, what would be proposed, and what policy would refuse",
  async () => {
    const [before, folders] = [sandbox.requests().length, leftOver()];
    const { code, out, err } = await observe(["--kubeconfig", kubeconfig(), "--once"]);
    expect({ code, err }).toEqual({ code: 0, err: "Starting services that read and cannot write." });
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(out).toMatch(/^FOUND +2 incidents, 2 with a cause/m);
    expect(out).toMatch(/^Deployment payments\/api +found by scanning/m);
    expect(out).toMatch(/^WOULD +rollback_deployment payments\/api/m);
    expect(out).toMatch(
      /^WOULD +cordon_node node-3 \(prod\), and policy would refuse that\nREFUSED +deny-prod-cluster/m,
    );
    const { agents, others } = askedSince(before);
    expect({ agents, others }).toEqual({ agents: ["holdfast-policy", "holdfast-triage"], others: [] });
    expect(sandbox.writes()).toEqual([]);
    expect(leftOver()).toEqual(folders);
  },
  TIMEOUT,
);

test(
  "with an Alertmanager its alerts are what is looked into, and it goes on until it is stopped",
  async () => {
    const keep = join(temporaryFolder(), "kept");
    const before = sandbox.requests().length;
    const alertmanager = ["--alertmanager", `${sandbox.url}/alertmanager`];
    const { code, out } = await observe(["--kubeconfig", kubeconfig(), ...alertmanager, "--keep", keep]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ALERTS +\d+ alerts at http/m);
    expect(out).toMatch(/^Deployment payments\/api +warning, \d alerts/m);
    expect(out).toMatch(/^INBOX +http:\/\/127\.0\.0\.1:\d+ +Ctrl-C ends it$/m);
    expect(existsSync(join(keep, "bus.sqlite"))).toBe(true);
    expect(existsSync(join(keep, "secrets", "policy-open.key"))).toBe(false);
    expect(askedSince(before).others).toEqual([]);
  },
  TIMEOUT,
);

test.each([
  [2, "a file that is not there", ["--kubeconfig", "/nowhere/at/all"], /There is no kubeconfig/],
  [2, "a context that is not in it", ["--context", "elsewhere"], /has no context "elsewhere"; it has sandbox/],
  [2, "an address that is none", ["--alertmanager", "alertmanager:9093"], /not an address/],
] as const)(
  "%i: %s",
  async (code, _what, args, says) => {
    const asked = args[0] === "--kubeconfig" ? args : ["--kubeconfig", kubeconfig(), ...args];
    expect(await observe([...asked, "--once"])).toMatchObject({ code, err: expect.stringMatching(says) });
  },
  TIMEOUT,
);

test(
  "3: a cluster that does not answer",
  async () => {
    const { code, err } = await observe(["--kubeconfig", kubeconfig("admin", GONE), "--once"]);
    expect([code, err]).toEqual([3, expect.stringMatching(/The API server at http:\/\/127\.0\.0\.1:9 gave no answer/)]);
  },
  TIMEOUT,
);
