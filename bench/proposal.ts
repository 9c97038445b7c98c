import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Topic } from "@holdfast/schemas";
import { settingsOn, startBroker, type Broker } from "./broker.ts";
import { paced, post, type Load } from "./load.ts";
import { alertAbout, incidentOf, notification, type SentAlert } from "./notification.ts";
import { usedBy } from "./processes.ts";
import type { Bench, Report } from "./report.ts";
import { rounded, spread, type Spread } from "./spread.ts";
import { startWhole, type Services, type Whole } from "./whole.ts";

/**
 * `warmUp` alerts come first, each with its proposal, and are not counted: what a process that has run for a while does.
 * Without debounce it is the work alone; 1 s is the sandbox's own, which joins what comes together.
 */
type Plan = {
  readonly debounceSeconds: number;
  readonly perSecond: number;
  readonly alerts: number;
  readonly warmUp: number;
  /** So many alerts in a row are about one Deployment, so they are one incident and one proposal. */
  readonly ofIncident: number;
};

const WARM = 1_000;
const WARM_PER_SECOND = 25;
const SMALL: readonly Plan[] = [{ debounceSeconds: 0, perSecond: 5, alerts: 10, warmUp: 5, ofIncident: 1 }];
const STEADY: readonly Plan[] = [
  { debounceSeconds: 0, perSecond: 20, alerts: 1_000, warmUp: WARM, ofIncident: 1 },
  { debounceSeconds: 0, perSecond: 50, alerts: 2_000, warmUp: WARM, ofIncident: 1 },
  { debounceSeconds: 0, perSecond: 100, alerts: 2_000, warmUp: WARM, ofIncident: 1 },
];
const SHARED: readonly Plan[] = [10, 4, 2].map((ofIncident) => ({
  debounceSeconds: 0,
  perSecond: 100,
  alerts: 4_000,
  warmUp: WARM,
  ofIncident,
}));
const FULL: readonly Plan[] = [
  { debounceSeconds: 0, perSecond: 1, alerts: 30, warmUp: 0, ofIncident: 1 },
  { debounceSeconds: 0, perSecond: 20, alerts: 400, warmUp: 0, ofIncident: 1 },
  { debounceSeconds: 1, perSecond: 20, alerts: 400, warmUp: 0, ofIncident: 1 },
  ...STEADY,
];
const DRAIN_MS_MAX = 120_000;
const SETTLE_MS = 2_000;
const STAGES = [
  "alerts",
  "proposals.drafted",
  "proposals.allowed",
  "proposals.denied",
] as const satisfies readonly Topic[];

type Stage = (typeof STAGES)[number];
/** When each step of one alert was on the bus, by the broker's clock, and when it was read here. */
type Story = { readonly sentAt: number; readonly at: Map<Stage, number>; seenAt?: number };

const EMBEDDED = "The bus is the embedded one.";

export const bench: Bench = {
  says: "From a webhook to a proposal that a person may decide, without a model: all six processes.",
  run: async (size) => report(await runsOn(size === "small" ? SMALL : FULL), EMBEDDED),
};

export const sharedBench: Bench = {
  says: "The same with a hundred alerts a second, of which ten, four or two are about one Deployment.",
  run: async (size) => report(await runsOn(size === "small" ? SMALL : SHARED), EMBEDDED),
};

export const kafkaBench: Bench = {
  says: "From a webhook to a proposal that a person may decide, without a model: all six processes, on Kafka.",
  run: async (size) => {
    await using broker = await startBroker();
    const runs = await runsOn(size === "small" ? SMALL : [...STEADY, ...SHARED], broker);
    return report(runs, "The bus is Kafka: one broker on the same cores and disk, topics of its own for each run.");
  },
};

async function runsOn(plans: readonly Plan[], broker?: Broker): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const plan of plans) runs.push({ ...plan, ...(await measured(plan, broker)) });
  return runs;
}

type Run = Plan & Found;

function report(runs: readonly Run[], bus: string): Report {
  return {
    measured: [
      "Each alert comes in a webhook of its own and is about a Deployment of its own whose newest release crash-loops, where the row does not say that several are about one; each Deployment leads to a proposal (roll back), planned from the live object, dry-run, judged, signed and durable.",
      "The time is from when the webhook was due until another process has read the answer from the bus: `open` is proposals.allowed; answered includes proposals.denied. A backlog counts: requests go out on time whatever became of the ones before.",
      "The cluster is the sandbox's API in one more process on the same cores, its controllers stopped and its Prometheus empty. Signatures alone. Load generator, API and this reader share the cores with Holdfast.",
      `The warm-up is so many proposals at ${WARM_PER_SECOND}/s before the first that counts; without it the processes are seconds old.`,
      "debounce 0 s is the work alone; 1 s is what the sandbox ships with (10 s elsewhere).",
      bus,
    ],
    columns: [
      "debounce s",
      "alerts/s",
      "alerts",
      "warm-up",
      "alerts of an incident",
      "open",
      "denied",
      "p50 ms",
      "p99 ms",
      "max ms",
      "webhook p99 ms",
      "done/s",
      "p50 intake, triage, policy ms",
      "CPU ms an alert: Holdfast, cluster, load, broker",
      "load before",
    ],
    rows: runs.map((run) => [
      run.debounceSeconds,
      run.perSecond,
      run.alerts,
      run.warmUp,
      run.ofIncident,
      run.open,
      run.denied,
      ...[run.ms.p50, run.ms.p99, run.ms.max, run.webhookMs.p99].map(Math.round),
      run.donePerSecond,
      `${run.stages.intake.p50}, ${run.stages.triage.p50}, ${run.stages.policy.p50}`,
      cpuCell(run.cpuMs),
      run.loadBefore,
    ]),
    raw: runs,
  };
}

/** One after the other: all services of Holdfast, the simulated cluster, and this process. */
function cpuCell(cpuMs: Found["cpuMs"]): string {
  const others = ["cluster", "load and reader", "broker"];
  const own = cpuMs.filter(([name]) => !others.includes(name)).reduce((sum, [, ms]) => sum + ms, 0);
  return [own, ...others.map((other) => cpuMs.find(([name]) => name === other)?.[1] ?? 0)].map(Math.round).join(", ");
}

async function measured(plan: Plan, broker?: Broker): Promise<Found> {
  const loadBefore = rounded(loadavg()[0] ?? 0);
  const bus = broker === undefined ? {} : settingsOn(broker);
  await using whole = await startWhole(plan.warmUp + Math.ceil(plan.alerts / plan.ofIncident), {
    HOLDFAST_DEBOUNCE_SECONDS: String(plan.debounceSeconds),
    ...bus,
  });
  await sleep(SETTLE_MS);
  const stories = openStories();
  await using reading = await read(whole.services, stories);
  const webhook = webhooksTo(whole, stories);
  const answered = async (perSecond: number, alerts: number, targetOf: (index: number) => number): Promise<Load> => {
    const { HOLDFAST_INTAKE_PORT: port } = whole.services.holdfast.settings;
    const load = await paced(port, perSecond, alerts, (index) => webhook(targetOf(index)));
    const refused = load.answers.filter(({ status }) => status !== 202).length;
    if (refused > 0) throw new Error(`${refused} webhooks were not accepted`);
    const until = performance.now() + DRAIN_MS_MAX;
    while (performance.now() < until && stories.open() > 0) await sleep(50);
    return load;
  };
  await answered(WARM_PER_SECOND, plan.warmUp, (index) => index);
  if (stories.open() > 0) throw new Error("the warm-up did not end");
  stories.clear();
  const before = cpuOf(whole, broker);
  const targetOf = (index: number): number => plan.warmUp + Math.floor(index / plan.ofIncident);
  const load = await answered(plan.perSecond, plan.alerts, targetOf);
  void reading;
  const cpuMs = [...cpuOf(whole, broker)].map(
    ([name, seconds]) => [name, rounded(((seconds - (before.get(name) ?? 0)) * 1000) / plan.alerts)] as const,
  );
  return { loadBefore, cpuMs, ...foundIn(stories.all(), spread(load.answers.map(({ ms }) => ms))) };
}

/** CPU seconds of every process until now, those of the simulated cluster and of this one among them. */
function cpuOf({ services, clusterPid }: Whole, broker?: Broker): ReadonlyMap<string, number> {
  const pids = [
    ...services.pids(),
    ["cluster", clusterPid] as const,
    ["load and reader", process.pid] as const,
    ...(broker === undefined ? [] : [["broker", broker.pid] as const]),
  ];
  return new Map(pids.map(([name, pid]) => [name, usedBy(pid).cpuSeconds]));
}

/** What was sent, by what names it: of several alerts about one target any may be the one that opens the incident. */
type Stories = {
  readonly of: (fingerprintOrIncident: string) => Story | undefined;
  readonly tell: (target: number, alert: SentAlert) => void;
  /** How many have no answer yet. */
  readonly open: () => number;
  readonly all: () => readonly Story[];
  readonly clear: () => void;
};

function openStories(): Stories {
  const byTarget = new Map<number, Story>();
  const byName = new Map<string, Story>();
  return {
    of: (name) => byName.get(name),
    tell: (target, alert) => {
      const story = byTarget.get(target) ?? { sentAt: Date.now(), at: new Map() };
      byTarget.set(target, story);
      byName.set(alert.fingerprint, story).set(incidentOf(alert), story);
    },
    open: () => [...byTarget.values()].filter(({ seenAt }) => seenAt === undefined).length,
    all: () => [...byTarget.values()],
    clear: () => byTarget.clear(),
  };
}

/** @returns what makes the next webhook: an alert, unlike all before it, about this target. */
function webhooksTo({ services, cluster, listing }: Whole, stories: Stories): (index: number) => Buffer {
  const { HOLDFAST_INTAKE_PORT: port } = services.holdfast.settings;
  const token = services.secret("intake.token");
  let made = 0;
  return (index) => {
    const target = cluster.targets[index];
    if (target === undefined) throw new Error("there are fewer targets than alerts");
    const alert = alertAbout((made += 1), { namespace: target.namespace, pod: target.pod });
    stories.tell(index, alert);
    listing.fires(alert);
    return post("/v1/alertmanager", port, notification([alert]), token);
  };
}

async function read(services: Services, stories: Pick<Stories, "of">): Promise<AsyncDisposable> {
  const bus = await services.openBus();
  const view = bus.view(STAGES, ({ topic, event, time }) => {
    const story = stories.of(topic === "alerts" ? event.fingerprint : event.incident);
    if (story === undefined || story.at.has(topic)) return;
    story.at.set(topic, time);
    if (topic === "proposals.allowed" || topic === "proposals.denied") story.seenAt ??= Date.now();
  });
  await view.caughtUp;
  return bus;
}

type Found = {
  readonly loadBefore: number;
  readonly open: number;
  readonly denied: number;
  readonly unanswered: number;
  readonly ms: Spread;
  readonly webhookMs: Spread;
  readonly donePerSecond: number;
  /** By the broker's clock, in ms: webhook to durable alert, to the draft, to the answer. */
  readonly stages: { readonly intake: Spread; readonly triage: Spread; readonly policy: Spread };
  readonly allMs: readonly number[];
  /** CPU milliseconds that each process used for one alert. */
  readonly cpuMs: readonly (readonly [string, number])[];
};

function foundIn(stories: readonly Story[], webhookMs: Spread): Omit<Found, "cpuMs" | "loadBefore"> {
  const answered = stories.flatMap((story) => (story.seenAt === undefined ? [] : [{ ...story, seenAt: story.seenAt }]));
  const allMs = answered.map(({ sentAt, seenAt }) => seenAt - sentAt);
  const first = Math.min(...stories.map(({ sentAt }) => sentAt));
  const last = Math.max(...answered.map(({ seenAt }) => seenAt));
  const between = (from: (story: Story) => number | undefined, to: (story: Story) => number | undefined): Spread =>
    spread(
      answered.flatMap((story) => {
        const [start, end] = [from(story), to(story)];
        return start === undefined || end === undefined ? [] : [end - start];
      }),
    );
  const answeredAt = ({ at }: Story): number | undefined => at.get("proposals.allowed") ?? at.get("proposals.denied");
  return {
    open: answered.filter(({ at }) => at.has("proposals.allowed")).length,
    denied: answered.filter(({ at }) => at.has("proposals.denied") && !at.has("proposals.allowed")).length,
    unanswered: stories.length - answered.length,
    ms: spread(allMs),
    webhookMs,
    donePerSecond: rounded((answered.length * 1000) / Math.max(1, last - first)),
    stages: {
      intake: between(
        ({ sentAt }) => sentAt,
        ({ at }) => at.get("alerts"),
      ),
      triage: between(
        ({ at }) => at.get("alerts"),
        ({ at }) => at.get("proposals.drafted"),
      ),
      policy: between(({ at }) => at.get("proposals.drafted"), answeredAt),
    },
    allMs,
  };
}
