import { setTimeout as sleep } from "node:timers/promises";
import { SERVICES } from "@holdfast/service";
import { settingsOn, startBroker } from "./broker.ts";
import { startInstance, type Instance } from "./instance.ts";
import { paced, post } from "./load.ts";
import { alertAbout, incidentOf, notification } from "./notification.ts";
import type { Bench } from "./report.ts";
import { rounded, spread, type Spread } from "./spread.ts";
import { startWhole, type Whole } from "./whole.ts";

const SIZES = { small: { kills: 1, alerts: 100 }, full: { kills: 10, alerts: 640 } } as const;
const PER_SECOND = 2;
const SERVED = ["triage", "policy"] as const;
const WRITES = {
  triage: ["incidents", "proposals.drafted"],
  policy: ["proposals.allowed", "proposals.denied"],
} as const;
const FAILOVER_MS_MAX = 60_000;
const DRAIN_MS_MAX = 120_000;
const LOOK_MS = 20;

type Served = (typeof SERVED)[number];
/** When each service last published, by the broker's clock, and which incidents have their answer. */
type Heard = { readonly at: Map<Served, number[]>; readonly opened: Set<string>; readonly answered: Set<string> };
type Kill = { readonly service: Served; readonly afterMs: number };

export const bench: Bench = {
  says: "Failover on Kafka: the active triage and the active policy are killed under load, and their standby takes over.",
  run: async (size) => {
    const { kills, alerts } = SIZES[size];
    await using broker = await startBroker();
    const parts = SERVICES.filter((service) => service !== "triage" && service !== "policy");
    await using whole = await startWhole(alerts, { ...settingsOn(broker), HOLDFAST_DEBOUNCE_SECONDS: "0" }, { parts });
    const heard: Heard = { at: new Map(), opened: new Set(), answered: new Set() };
    await using _reading = await read(whole, heard);
    await using pairs = await startPairs(whole);
    const ending = new AbortController();
    const sent = load(whole, alerts, ending.signal);
    await sleep(3_000);
    const found: Kill[] = [];
    for (let turn = 0; turn < kills; turn += 1)
      for (const service of SERVED) found.push({ service, afterMs: await failover(pairs.of(service), service, heard) });
    ending.abort();
    const { incidents, refused } = await sent;
    const isLost = (incident: string): boolean => !heard.opened.has(incident) || !heard.answered.has(incident);
    const until = performance.now() + DRAIN_MS_MAX;
    while (incidents.some(isLost) && performance.now() < until) await sleep(100);
    const lost = incidents.filter((incident) => !heard.opened.has(incident)).length;
    const unanswered = incidents.filter((incident) => !heard.answered.has(incident)).length;
    const of = (which: Served): Spread => spread(found.flatMap((one) => (one.service === which ? [one.afterMs] : [])));
    return {
      measured: [
        `One broker, two processes of triage and two of policy, one active each; ${PER_SECOND} alerts/s, each about a Deployment of its own, without debounce or model. Triage and policy in turns: the active one gets SIGKILL, a new standby is started at once, and the next kill comes when the new one is ready.`,
        "The time is from the kill to the first record that the standby publishes (triage: incidents or drafts; policy: an answer to a draft), by the broker's clock on the same machine. A group waits for its session of 10 s to end before it gives a dead member's work away.",
        `${incidents.length} alerts were accepted meanwhile (${refused} requests were not, and were sent again); at the end ${lost} of them were without an incident, and ${unanswered} without an answer of policy.`,
      ],
      columns: ["killed", "kills", "p50 s", "max s", "alerts without incident", "without answer"],
      rows: SERVED.map((service) => [
        service,
        of(service).count,
        rounded(of(service).p50 / 1000),
        rounded(of(service).max / 1000),
        lost,
        unanswered,
      ]),
      raw: { found, alerts: incidents.length, refused, lost, unanswered },
    };
  },
};

async function read({ services }: Whole, { at, opened, answered }: Heard): Promise<AsyncDisposable> {
  const bus = await services.openBus();
  for (const service of SERVED) at.set(service, []);
  const view = bus.view([...WRITES.triage, ...WRITES.policy], ({ topic, time, event }) => {
    const isTriage = WRITES.triage.some((one) => one === topic);
    at.get(isTriage ? "triage" : "policy")?.push(time);
    if (topic === "incidents") opened.add(event.incident);
    if (!isTriage) answered.add(event.incident);
  });
  await view.caughtUp;
  return bus;
}

/** Two processes of each service, one of which stands by. */
type Pairs = AsyncDisposable & { readonly of: (service: Served) => Pair };
type Pair = {
  readonly members: () => readonly Instance[];
  /** Kills the active one, and starts another at once. @returns when it was killed. */
  readonly killActive: () => Promise<number>;
  /** Everybody who was started is ready. */
  readonly untilWhole: () => Promise<void>;
};

async function startPairs({ services: { holdfast } }: Whole): Promise<Pairs> {
  const pairs = new Map<Served, Pair>();
  for (const service of SERVED) {
    let members: readonly Instance[] = await Promise.all([
      startInstance(holdfast, service),
      startInstance(holdfast, service),
    ]);
    const untilWhole = async (): Promise<void> =>
      void (await Promise.all(members.map((member) => member.untilReady())));
    await untilWhole();
    pairs.set(service, {
      members: () => members,
      untilWhole,
      killActive: async () => {
        const active = await activeOf(members);
        active.kill();
        const killedAt = Date.now();
        members = [...members.filter((one) => one !== active), await startInstance(holdfast, service)];
        return killedAt;
      },
    });
  }
  return {
    of: (service) => {
      const pair = pairs.get(service);
      if (pair === undefined) throw new Error(`there is no pair of ${service}`);
      return pair;
    },
    [Symbol.asyncDispose]: async () => {
      const all = [...pairs.values()].flatMap(({ members }) => members());
      await Promise.all(all.map((member) => member[Symbol.asyncDispose]()));
    },
  };
}

async function activeOf(members: readonly Instance[]): Promise<Instance> {
  const until = performance.now() + FAILOVER_MS_MAX;
  while (performance.now() < until) {
    for (const member of members) if (await member.isActive()) return member;
    await sleep(LOOK_MS);
  }
  throw new Error("no member is active");
}

async function failover({ killActive, untilWhole }: Pair, service: Served, { at }: Heard): Promise<number> {
  await untilWhole();
  const killedAt = await killActive();
  const until = performance.now() + FAILOVER_MS_MAX;
  while (performance.now() < until) {
    // What was on its way when it died is not the standby's: that is seen within a moment, and a session is ten seconds.
    const first = at.get(service)?.find((time) => time > killedAt + 500);
    if (first !== undefined) return first - killedAt;
    await sleep(LOOK_MS);
  }
  throw new Error(`nobody took over from ${service} within ${FAILOVER_MS_MAX / 1000} s`);
}

/** As Alertmanager does, it tries again what was not accepted. */
async function load(
  { services, cluster, listing }: Whole,
  alerts: number,
  ending: AbortSignal,
): Promise<{ readonly incidents: readonly string[]; readonly refused: number }> {
  const port = services.holdfast.settings.HOLDFAST_INTAKE_PORT;
  const token = services.secret("intake.token");
  const incidents: string[] = [];
  let refused = 0;
  while (incidents.length < alerts && !ending.aborted) {
    const { namespace = "", pod = "" } = cluster.targets[incidents.length] ?? {};
    const alert = alertAbout(incidents.length, { namespace, pod });
    listing.fires(alert);
    const body = post("/v1/alertmanager", port, notification([alert]), token);
    const status = await paced(port, 1, 1, () => body).then(
      ({ answers }) => answers[0]?.status,
      () => undefined,
    );
    if (status === 202) incidents.push(incidentOf(alert));
    else refused += 1;
    await sleep(1000 / PER_SECOND);
  }
  return { incidents, refused };
}
