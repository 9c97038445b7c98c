import { afterAll, beforeAll, expect, test } from "vitest";
import { SERVICES, type ServiceName } from "@holdfast/service";
import { ask, read, secret, startAll, until, type Running } from "../running.ts";
import { documented } from "./documented.ts";

/** All six services as real processes: what they expose is what the page says, and their own alerts lead to nothing. */

let running: Running;
beforeAll(async () => {
  // Neither address answers: that there is a model and a target is enough for their metrics to be there.
  const nowhere = "http://127.0.0.1:9";
  running = await startAll({
    ANTHROPIC_API_KEY: "sk-ant-test-of-the-metrics",
    ANTHROPIC_BASE_URL: nowhere,
    HOLDFAST_NOTIFY_WEBHOOK_URL: nowhere,
  });
}, 180_000);
afterAll(() => running?.[Symbol.asyncDispose](), 60_000);

type Exposed = { readonly type: string; readonly says: string; readonly labels: ReadonlySet<string> };

async function exposed(service: ServiceName): Promise<ReadonlyMap<string, Exposed>> {
  const port = running.holdfast().settings[`HOLDFAST_${service.toUpperCase() as Uppercase<ServiceName>}_ADMIN_PORT`];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const found = [...text.matchAll(/^# HELP (holdfast_\w+) (.*)\n# TYPE \1 (\w+)$/gm)];
  return new Map(
    found.map(([, name = "", says = "", type = ""]) => {
      const lines = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, "gm"));
      const labels = [...lines].flatMap(([, inside = ""]) =>
        [...inside.matchAll(/(\w+)="/g)].map(([, label = ""]) => label),
      );
      return [
        name,
        { says, type, labels: new Set(labels.filter((label) => label !== "service" && label !== "le")) },
      ] as const;
    }),
  );
}

test.each(SERVICES)("what %s exposes stands in docs/metrics.md, word for word", async (service) => {
  const found = await exposed(service);
  expect(found.size).toBeGreaterThan(8);
  for (const [name, { says, type, labels }] of found) {
    const page = documented().find(
      (one) => one.name === name && (one.of.includes(service) || one.of === "every service"),
    );
    expect(page ?? { missing: name, service, type, says }).toMatchObject({ name, type, says });
    // What has not been counted yet has no labels yet.
    expect([...labels].filter((label) => page?.labels.includes(label) !== true)).toEqual([]);
  }
});

test("what docs/metrics.md says is exposed by the service that it names", async () => {
  const all = new Map(await Promise.all(SERVICES.map(async (service) => [service, await exposed(service)] as const)));
  const missing = documented().flatMap(({ name, of }) =>
    [...all]
      .filter(([service, found]) => (of === "every service" || of.includes(service)) && !found.has(name))
      .map(([service]) => `${service}: ${name}`),
  );
  expect(
    documented().filter(({ of }) => !SERVICES.some((service) => of === "every service" || of.includes(service))),
  ).toEqual([]);
  expect(missing).toEqual([]);
});

test(
  "an alert of Holdfast itself is taken and recorded, and never becomes an incident",
  { timeout: 90_000 },
  async () => {
    const token = secret(running, "intake.token");
    const fire = async (labels: Readonly<Record<string, string>>, fingerprint: string): Promise<void> => {
      const { status } = await ask(running, "intake", "/v1/alertmanager", webhook(labels, fingerprint), token);
      expect(status).toBe(202);
    };
    await fire(
      {
        alertname: "HoldfastServiceDown",
        severity: "critical",
        holdfast: "self",
        service: "policy",
        deployment: "cart",
        namespace: "shop",
      },
      "1111111111111111",
    );
    await fire({ alertname: "SomethingElse", severity: "critical", service: "policy" }, "2222222222222222");
    const opened = await until("the incident of the other alert", async () => {
      const { incidents } = await read<{ incidents: unknown[] }>(running, "approval", "/v1/incidents");
      return incidents.length > 0 ? JSON.stringify(incidents) : undefined;
    });
    expect(opened).toContain("SomethingElse");
    expect(opened).not.toContain("HoldfastServiceDown");
    const { events } = await read<{ events: unknown[] }>(running, "audit", "/v1/events?topic=alerts");
    expect(JSON.stringify(events)).toContain("HoldfastServiceDown");
  },
);

function webhook(labels: Readonly<Record<string, string>>, fingerprint: string): unknown {
  const startsAt = new Date().toISOString();
  const alert = {
    status: "firing",
    labels,
    annotations: {},
    startsAt,
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "",
    fingerprint,
  };
  return {
    version: "4",
    groupKey: "{}",
    truncatedAlerts: 0,
    status: "firing",
    receiver: "holdfast",
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: "http://alertmanager",
    alerts: [alert],
  };
}
