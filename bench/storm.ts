import { setTimeout as sleep } from "node:timers/promises";
import type { Analysis, Incident } from "@holdfast/schemas";
import { paced, post } from "./load.ts";
import { alertAbout, idOf, notification, type SentAlert } from "./notification.ts";
import { usedBy, watchMemory } from "./processes.ts";
import type { Bench } from "./report.ts";
import { rounded, spread } from "./spread.ts";
import { startWhole, type Services, type Whole } from "./whole.ts";

const INCIDENTS = 50;
const CRITICAL = 5;
const SIZES = { small: { alerts: 500, seconds: 5 }, full: { alerts: 10_000, seconds: 60 } } as const;
const DRAIN_MS_MAX = 180_000;
const SETTLE_MS = 5_000;
const PAGE = 500;

export const bench: Bench = {
  says: "A storm: 10,000 alerts in a minute over 50 incidents.",
  run: async (size) => {
    const { alerts, seconds } = SIZES[size];
    await using whole = await startWhole(INCIDENTS);
    const { services } = whole;
    await sleep(SETTLE_MS);
    const sent = alertsOf(whole, alerts);
    const before = new Map([...services.pids()].map(([name, pid]) => [name, usedBy(pid)]));
    const memory = watchMemory(services.pids());
    await using reader = await read(services);
    const start = performance.now();
    const port = services.holdfast.settings.HOLDFAST_INTAKE_PORT;
    const bodies = [sent.slice(0, INCIDENTS), ...sent.slice(INCIDENTS).map((alert) => [alert])];
    const token = services.secret("intake.token");
    const load = await paced(port, bodies.length / seconds, bodies.length, (index) => {
      const body = bodies[index] ?? [];
      body.forEach(whole.listing.fires);
      return post("/v1/alertmanager", port, notification(body), token);
    });
    const accepted = load.answers.filter(({ status }) => status === 202).length;
    const drainedMs = await drained(reader.heard, sent, start);
    await sleep(SETTLE_MS);
    const after = new Map([...services.pids()].map(([name, pid]) => [name, usedBy(pid)]));
    const most = memory();
    const missing = await missingIn(services, sent);
    const { investigations, restarts, critical } = told(reader.heard, services, before);
    return {
      measured: [
        `${alerts} alerts, each with a fingerprint of its own, over ${INCIDENTS} crash-looping Deployments: one notification with the first alert of each (the ${CRITICAL} critical ones last in it), then one alert a webhook, evenly over ${seconds} s. Accepted webhooks: ${accepted} of ${bodies.length} (p99 ${spread(load.answers.map(({ ms }) => ms)).p99} ms).`,
        `Nothing lost: of the ${sent.length} alerts that were answered 202, ${missing.alerts} are missing in the audit log's events, and ${missing.members} belong to no incident.`,
        `Incidents ${new Set(reader.heard.incidents.map(({ incident }) => incident)).size}; investigations (signatures) ${investigations}, ${rounded(investigations / INCIDENTS)} an incident.`,
        `Critical first: the ${CRITICAL} critical incidents, which opened last, were analysed as numbers ${critical.join(", ")} of ${INCIDENTS}. Four are worked on at once, and what has begun is not interrupted.`,
        `The last alert belonged to its incident ${rounded(drainedMs / 1000)} s after the storm began. Processes that ended: ${restarts}.`,
      ],
      columns: ["process", "RSS before MiB", "RSS peak MiB", "RSS after MiB", "CPU s"],
      rows: [...before].map(([name, { rssMiB, cpuSeconds }]) => [
        name,
        rssMiB,
        most.get(name) ?? 0,
        after.get(name)?.rssMiB ?? 0,
        rounded((after.get(name)?.cpuSeconds ?? 0) - cpuSeconds),
      ]),
      raw: {
        alerts,
        seconds,
        accepted,
        webhookMs: spread(load.answers.map(({ ms }) => ms)),
        missing,
        investigations,
        critical,
        drainedMs,
        restarts,
        memory: [...most],
        before: [...before],
        after: [...after],
        analysed: reader.heard.analyses.map(({ incident, time }) => ({ incident, time })),
      },
    };
  },
};

/** The first alert of each incident, then the others in turns; the last incidents are the critical ones. */
function alertsOf({ cluster }: Whole, count: number): readonly SentAlert[] {
  const startsAt = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const at = index % INCIDENTS;
    const { namespace = "", deployment = "", pod = "" } = cluster.targets[at] ?? {};
    const severity = at >= INCIDENTS - CRITICAL ? "critical" : "warning";
    const about =
      index < INCIDENTS ? { pod } : { alertname: "KubeDeploymentReplicasMismatch", deployment, replica: `r${index}` };
    return alertAbout(index, { namespace, severity, ...about }, startsAt);
  });
}

type Heard = {
  readonly incidents: (Incident & { readonly time: number })[];
  readonly analyses: (Analysis & { readonly time: number })[];
  readonly members: Set<string>;
};

async function read(services: Services): Promise<AsyncDisposable & { readonly heard: Heard }> {
  const heard: Heard = { incidents: [], analyses: [], members: new Set() };
  const bus = await services.openBus();
  const view = bus.view(["incidents", "analyses"], (delivery) => {
    if (delivery.topic === "analyses") return void heard.analyses.push({ ...delivery.event, time: delivery.time });
    heard.incidents.push({ ...delivery.event, time: delivery.time });
    if (delivery.event.alert !== null) heard.members.add(delivery.event.alert);
  });
  await view.caughtUp;
  return { heard, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() };
}

async function drained({ members, analyses }: Heard, sent: readonly SentAlert[], start: number): Promise<number> {
  for (;;) {
    const elapsed = performance.now() - start;
    const isDone =
      sent.every((alert) => members.has(idOf(alert))) &&
      new Set(analyses.map(({ incident }) => incident)).size >= INCIDENTS;
    if (isDone || elapsed > DRAIN_MS_MAX) return elapsed;
    await sleep(100);
  }
}

/** Asks audit's door for every alert that it has recorded, and the incidents for every alert that they have. */
async function missingIn(
  services: Services,
  sent: readonly SentAlert[],
): Promise<{ readonly alerts: number; readonly members: number }> {
  const recorded = await ids(services, "alerts", ({ id }) => id);
  const members = await ids(services, "incidents", ({ alert }) => alert);
  return {
    alerts: sent.filter((alert) => !recorded.has(idOf(alert))).length,
    members: sent.filter((alert) => !members.has(idOf(alert))).length,
  };
}

type Recorded = { readonly id?: string; readonly alert?: string | null };

async function ids(
  services: Services,
  topic: string,
  pick: (event: Recorded) => string | null | undefined,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let after: number | null = -1; after !== null;) {
    const from: string = after < 0 ? "" : `&after=${after}`;
    const answer = await fetch(
      `http://127.0.0.1:${services.holdfast.settings.HOLDFAST_AUDIT_PORT}/v1/events?topic=${topic}&limit=${PAGE}${from}`,
    );
    const page = (await answer.json()) as {
      readonly events: readonly { readonly event: Recorded }[];
      readonly next: number | null;
    };
    for (const { event } of page.events) {
      const id = pick(event);
      if (typeof id === "string") found.add(id);
    }
    after = page.next;
  }
  return found;
}

function told(
  { analyses, incidents }: Heard,
  services: Services,
  before: ReadonlyMap<string, unknown>,
): { readonly investigations: number; readonly restarts: number; readonly critical: readonly number[] } {
  const order = [...new Set(analyses.map(({ incident }) => incident))];
  const critical = new Set(incidents.flatMap(({ severity, incident }) => (severity === "critical" ? [incident] : [])));
  return {
    investigations: analyses.filter(({ analyst }) => analyst === "signatures").length,
    restarts: [...before.keys()].length - services.pids().size,
    critical: [...critical].map((incident) => order.indexOf(incident) + 1).toSorted((a, b) => a - b),
  };
}
