import { setTimeout as sleep } from "node:timers/promises";
import { SERVICES, type ServiceName } from "@holdfast/service";
import { settingsOn, startBroker, type Broker } from "./broker.ts";
import { startInstance, type Instance } from "./instance.ts";
import { atOnce, paced, post } from "./load.ts";
import { alertAbout, notification } from "./notification.ts";
import { usedBy } from "./processes.ts";
import type { Bench } from "./report.ts";
import { median, rounded } from "./spread.ts";
import { startWhole, type Whole } from "./whole.ts";

const COUNTS = [1, 2, 4];
/** No more proposals than one person may approve in a minute. */
const SIZES = { small: { rounds: 1, ms: 500, proposals: 8 }, full: { rounds: 3, ms: 4_000, proposals: 60 } } as const;
const CONNECTIONS = 64;
const WARM_UP = 300;
const PER_SECOND = 10;
const SETTLE_SECONDS = 3;
const WAIT_MS_MAX = 120_000;
const PAGE = 200;

type Intakes = {
  readonly instances: number;
  readonly perSecond: number;
  readonly cpu: Readonly<Record<string, number>>;
};
type Executors = {
  readonly instances: number;
  readonly executions: number;
  readonly seconds: number;
  readonly perSecond: number;
};

export const bench: Bench = {
  says: "1, 2 and 4 instances of intake and of executor on Kafka.",
  run: async (size) => {
    const { rounds, ms, proposals } = SIZES[size];
    await using broker = await startBroker();
    const intakes = await manyIntakes(broker, rounds, ms);
    const executors: Executors[] = [];
    for (const instances of COUNTS) executors.push(await manyExecutors(broker, instances, proposals));
    const rate = (of: number): number =>
      median(intakes.flatMap((run) => (run.instances === of ? [run.perSecond] : [])));
    const used = (of: number, who: string): number =>
      Math.round(median(intakes.flatMap((run) => (run.instances === of ? [run.cpu[who] ?? 0] : []))));
    return {
      measured: [
        `Intake: ${CONNECTIONS} kept connections over all instances, closed loop, one alert a webhook, answered 202 when Kafka has it; medians of ${rounds} rounds of ${ms / 1000} s, in turns. CPU in percent of one core; this machine has two for intakes, broker and load together.`,
        `Executor: ${proposals} proposals, each about a Deployment of its own, are approved while no executor runs; then so many start. The time is from the first started to the last outcome, by the broker's clock; each execution waits ${SETTLE_SECONDS} s to see what became of it, and an instance does eight at once. Instances share six partitions, so four have two, two, one and one.`,
      ],
      columns: ["service", "instances", "per second", "of one", "CPU %: instances, broker, load"],
      rows: [
        ...COUNTS.map((of) => [
          "intake, webhooks accepted",
          of,
          Math.round(rate(of)),
          rounded(rate(of) / rate(1)),
          `${used(of, "instances")}, ${used(of, "broker")}, ${used(of, "load")}`,
        ]),
        ...executors.map(({ instances, perSecond }) => [
          "executor, executions",
          instances,
          perSecond,
          rounded(perSecond / (executors[0]?.perSecond ?? perSecond)),
          "",
        ]),
      ],
      raw: { intakes, executors },
    };
  },
};

async function manyIntakes(broker: Broker, rounds: number, ms: number): Promise<readonly Intakes[]> {
  await using whole = await startWhole(1, settingsOn(broker), { parts: ["intake"] });
  await using all = await startMany(whole, "intake", Math.max(...COUNTS));
  const token = whole.services.secret("intake.token");
  let index = 0;
  const load = (port: number, connections: number, requestsMax: number): ReturnType<typeof atOnce> =>
    atOnce(port, connections, () => webhook((index += 1), port, token), { requestsMax, msMax: ms });
  for (const { port } of all.instances) await load(port, 8, WARM_UP);
  const runs: Intakes[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const count of COUNTS) {
      const used = all.instances.slice(0, count);
      const cpu = cpuOf(used, broker);
      const loads = await Promise.all(used.map(({ port }) => load(port, CONNECTIONS / count, Infinity)));
      const answers = loads.flatMap((one) => one.answers);
      if (answers.some(({ status }) => status !== 202)) throw new Error("a webhook was not accepted");
      const seconds = Math.max(...loads.map((one) => one.seconds));
      runs.push({ instances: count, perSecond: rounded(answers.length / seconds), cpu: cpu(seconds) });
    }
  return runs;
}

function webhook(index: number, port: number, token: string): Buffer {
  const alert = alertAbout(index, { namespace: "payments", pod: `api-${index}` });
  return post("/v1/alertmanager", port, notification([alert]), token);
}

/** @returns what asks again, and says how many percent of a core each used meanwhile. */
function cpuOf(instances: readonly Instance[], broker: Broker): (seconds: number) => Readonly<Record<string, number>> {
  const pids = { instances: instances.map(({ pid }) => pid), broker: [broker.pid], load: [process.pid] };
  const look = (): readonly (readonly [string, number])[] =>
    Object.entries(pids).map(([who, of]) => [who, of.reduce((sum, pid) => sum + usedBy(pid).cpuSeconds, 0)]);
  const before = new Map(look());
  return (seconds) =>
    Object.fromEntries(look().map(([who, used]) => [who, rounded((100 * (used - (before.get(who) ?? 0))) / seconds)]));
}

async function startMany(
  { services }: Whole,
  service: ServiceName,
  count: number,
): Promise<AsyncDisposable & { readonly instances: readonly Instance[] }> {
  await using stack = new AsyncDisposableStack();
  const instances: Instance[] = [];
  for (let left = count; left > 0; left -= 1)
    instances.push(stack.use(await startInstance(services.holdfast, service)));
  await Promise.all(instances.map(({ untilReady }) => untilReady()));
  const kept = stack.move();
  return { instances, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function manyExecutors(broker: Broker, instances: number, proposals: number): Promise<Executors> {
  const settings = {
    ...settingsOn(broker),
    HOLDFAST_DEBOUNCE_SECONDS: "0",
    HOLDFAST_SETTLE_SECONDS: String(SETTLE_SECONDS),
  };
  const parts = SERVICES.filter((service) => service !== "executor");
  await using whole = await startWhole(proposals, settings, { parts, isStill: false });
  const states = new Map<string, number[]>();
  const bus = await whole.services.openBus();
  await using _bus = bus;
  const approved = new Set<string>();
  const view = bus.view(["proposals.approved", "executions"], ({ topic, event, time }) => {
    if (topic === "proposals.approved") approved.add(event.proposal);
    else states.set(event.proposal, [...(states.get(event.proposal) ?? []), time]);
  });
  await view.caughtUp;
  await send(whole, proposals);
  await approveAll(whole, proposals);
  await untilTrue("every approval", () => approved.size >= proposals);
  await using _executors = await startMany(whole, "executor", instances);
  const isOver = (times: readonly number[]): boolean => times.length >= 2;
  await untilTrue("every outcome", () => [...states.values()].filter(isOver).length >= proposals);
  const times = [...states.values()].flat();
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  return { instances, executions: proposals, seconds, perSecond: rounded(proposals / seconds) };
}

async function send({ services, cluster, listing }: Whole, count: number): Promise<void> {
  const port = services.holdfast.settings.HOLDFAST_INTAKE_PORT;
  const token = services.secret("intake.token");
  await paced(port, PER_SECOND, count, (index) => {
    const { namespace = "", pod = "" } = cluster.targets[index] ?? {};
    const alert = alertAbout(index, { namespace, pod });
    listing.fires(alert);
    return post("/v1/alertmanager", port, notification([alert]), token);
  });
}

type Shown = { readonly id: string; readonly digest: string; readonly typedText: string };

async function approveAll({ services }: Whole, count: number): Promise<void> {
  const url = `http://127.0.0.1:${services.holdfast.settings.HOLDFAST_APPROVAL_PORT}`;
  const headers = {
    authorization: `Bearer ${services.secret("approver.token")}`,
    "content-type": "application/json",
  };
  const open = async (): Promise<readonly Shown[]> => {
    const answer = await fetch(`${url}/v1/proposals?state=open&limit=${PAGE}`, { headers });
    return ((await answer.json()) as { readonly proposals: readonly Shown[] }).proposals; // our own door
  };
  await untilTrue("every proposal", async () => (await open()).length >= count);
  for (const { id, digest, typedText } of await open()) {
    const vote = { proposalId: id, digest, decision: "approve", typed: typedText, reason: "the bench asks for it" };
    const { status } = await fetch(`${url}/v1/approvals`, { method: "POST", headers, body: JSON.stringify(vote) });
    if (status !== 201) throw new Error(`a vote was answered ${status}`);
  }
}

async function untilTrue(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + WAIT_MS_MAX;
  while (!(await look())) {
    if (performance.now() > until) throw new Error(`${what} did not come in time`);
    await sleep(100);
  }
}
