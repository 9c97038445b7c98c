import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { visible } from "@holdfast/schemas";
import { readSettings } from "@holdfast/service";
import { expect, test } from "vitest";
import { holdfast } from "../holdfast.ts";
import { painter } from "../terminal.ts";
import { served, temporaryFolder } from "../testing.ts";
import type { World } from "../world.ts";

const NOW = Date.parse("2026-11-22T03:00:00Z");
const HOSTILE = "\u001b[2J\nCHANGED  everything \u202etxt";

type Incident = Readonly<Record<string, unknown>>;

const web: Incident = {
  id: "web",
  state: "open",
  alertName: "KubeDeploymentReplicasMismatch",
  severity: "critical",
  target: { kind: "Deployment", namespace: "shop", name: "web" },
  alertsFiring: 1,
  alertsEver: 1,
  alerts: [{ startsAt: "2026-11-22T02:48:00Z" }],
  analyses: [
    { outcome: "found", summary: HOSTILE, evidence: [{ says: HOSTILE, source: "logs", outsideWritable: true }] },
  ],
  proposals: [],
};
const node: Incident = {
  ...web,
  id: "node",
  alertName: null,
  alertsEver: 0,
  alertsFiring: 0,
  alerts: [],
  openedAt: "2026-11-22T02:59:00Z",
  target: { kind: "Node", namespace: null, name: "node-3" },
  analyses: [{ outcome: "nothing", summary: "No signature matches." }],
  proposals: [
    {
      id: "p",
      state: "denied",
      action: "cordon_node",
      environment: "prod",
      target: { namespace: null, name: "node-3" },
      wouldHaveBeen: "would have been denied by deny-prod-cluster",
      reasons: [
        { rule: "observing", reason: "Holdfast only observes here." },
        { rule: "deny-prod-cluster", reason: "Never." },
      ],
    },
  ],
};

/** Doors that tell another list of incidents with each look; after the last one comes Ctrl-C. */
async function observing(
  looks: readonly (readonly Incident[])[],
): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const stop = new AbortController();
  const out: string[] = [];
  let at = -1;
  const { url, close } = await served((req, res) => {
    const path = new URL(req.url ?? "/", "http://x").pathname;
    if (path === "/v1/incidents") at += 1;
    const now = looks[Math.min(at, looks.length - 1)] ?? [];
    const one = now.find(({ id }) => path === `/v1/incidents/${String(id)}`);
    res.end(JSON.stringify(path === "/v1/events" ? { events: [], next: null } : (one ?? { incidents: now })));
    if (at >= looks.length) stop.abort();
  });
  const kubeconfig = join(temporaryFolder(), "kubeconfig");
  writeFileSync(kubeconfig, "");
  const world: World = {
    settings: readSettings("cli", {}),
    say: (text) => void out.push(...text.split("\n")),
    warn: (text) => void out.push(text),
    ask: () => Promise.resolve(undefined),
    paint: painter(false, undefined),
    now: () => NOW,
    fetch,
    env: {},
    openBus: () => Promise.reject(new Error("no bus is opened here")),
    start: async () => ({
      env: { HOLDFAST_APPROVAL_URL: url, HOLDFAST_AUDIT_URL: url },
      untilReady: async () => [],
      [Symbol.asyncDispose]: async () => undefined,
    }),
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]),
  };
  const code = await holdfast(["observe", "--kubeconfig", kubeconfig], world);
  close();
  return { code, out };
}

test("what is new is told once, what is quiet or over in a line, and hostile text forges no row", async () => {
  const quiet = { ...web, alertsFiring: 0 };
  const { code, out } = await observing([
    [web],
    [web],
    [web, { ...node, analyses: [] }],
    [web, node],
    [quiet, node],
    [node],
  ]);
  expect(code).toBe(0);
  expect(out.map((line) => visible(line))).toEqual(out);
  expect(out.filter((line) => line.length > 80)).toEqual([]);
  expect(out.filter((line) => line.startsWith("CHANGED"))).toEqual([expect.stringMatching(/^CHANGED {2}nothing:/)]);
  const end = out.findIndex((line) => line.startsWith("INBOX")) + 1;
  expect(out.slice(0, end).filter((line) => line.startsWith("Deployment shop/web"))).toEqual([
    "Deployment shop/web                                critical, 1 alert, 12 min ago",
  ]);
  expect(out.slice(end).join("\n")).toMatchInlineSnapshot(`
    "
    --- 03:00 UTC
    Node node-3                                          found by scanning, 60 s ago
    CAUSE    not known: No signature matches.
    WOULD    cordon_node node-3 (prod), and policy would refuse that
    REFUSED  deny-prod-cluster
             "Never."

    --- 03:00 UTC
    QUIET    Deployment shop/web                    its alerts have ended, 03:00 UTC

    --- 03:00 UTC
    OVER     Deployment shop/web                                   closed, 03:00 UTC"
  `);
}, 60_000);
