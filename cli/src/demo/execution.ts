import { BROKEN, percent } from "./breaking.ts";
import type { Doors, Recorded, Write } from "./doors.ts";
import { recordOf, seen, type Stage } from "./stage.ts";

type Deployment = Awaited<ReturnType<Doors["cluster"]>>["namespaces"][number]["deployments"][number];

/** From the verdict to a cluster that is well again. */
export async function executed(stage: Stage, proposal: string, incident: string): Promise<void> {
  const { doors, teller } = stage;
  teller.act("The execution");
  const approved = await recordOf(stage, "the verdict", { topic: "proposals.approved", proposal });
  teller.record(approved, "sealed by policy: the proposal and its vote");
  const executions = { topic: "executions", proposal };
  const started = await recordOf(stage, "the start", executions, (record) => stateOf(record) === "started");
  teller.record(started, "started: judged again, claimed, the intent recorded");
  const change = await seen(stage, "the change", async () => (await doors.writes()).find(isChange));
  teller.row("SENT", `once, the sealed bytes, after the receipt of entry ${started.index}`);
  teller.row("", `${change.method} ${place(change)}: ${change.code}`);
  const ended = await recordOf(stage, "the rollout to settle", executions, (record) => stateOf(record) !== "started");
  const says = `${stateOf(ended)}: ${String(ended.event["because"])}`;
  if (stateOf(ended) !== "succeeded") throw new Error(`The execution did not succeed. It is ${says}`);
  const isClosing = ({ event }: Recorded): boolean => event["change"] === "closed";
  const closed = await recordOf(stage, "the alerts to end", { topic: "incidents", incident }, isClosing);
  const inOrder = [
    { record: ended, says },
    { record: closed, says: "incident closed: its alerts have ended" },
  ];
  for (const each of inOrder.toSorted((a, b) => a.record.index - b.record.index)) teller.record(each.record, each.says);
  await healed(stage);
}

/** Never by what the executor says alone: the cluster and the users are asked. */
async function healed(stage: Stage): Promise<void> {
  const { doors, teller } = stage;
  const { image, ready, replicas } = await seen(stage, "a healthy cluster", async () => {
    const workload = brokenIn(await doors.cluster());
    return workload !== undefined && workload.ready >= workload.replicas ? workload : undefined;
  });
  const failing = percent(await doors.failing(BROKEN));
  teller.row(
    "HEALED",
    `${ready} of ${replicas} pods serve ${image.split(":").at(-1) ?? ""}; ${failing} of requests fail`,
    "go",
  );
}

function brokenIn({ namespaces }: Awaited<ReturnType<Doors["cluster"]>>): Deployment | undefined {
  const namespace = namespaces.find(({ name }) => name === BROKEN.namespace);
  return namespace?.deployments.find(({ name }) => name === BROKEN.name);
}

function stateOf({ event }: Recorded): string {
  return String(event["state"]);
}

/** A claim is a Lease in Holdfast's own namespace; everything else changes the cluster. */
export function isChange({ path }: Write): boolean {
  return !path.includes("/namespaces/holdfast/leases");
}

function place({ path }: Write): string {
  return path.split("?")[0] ?? path;
}
