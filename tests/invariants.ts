import { isOutcome, outcomeOf } from "@holdfast/proposals";
import { decode, type Allowed, type Approved, type Execution, type Events, type Topic } from "@holdfast/schemas";
import type { RecordedWrite } from "@holdfast/sandbox";
import { onTheBus } from "./records.ts";
import type { Running } from "./running.ts";
import { writes } from "./story.ts";

/** What must hold after whatever happened, read from the bus file and from the cluster's own record of its changes. */

/** @returns a sentence for each rule that does not hold. */
export async function violations(running: Running): Promise<readonly string[]> {
  const made = await writes(running);
  const approved = all(running, "proposals.approved");
  const sentences = approved.flatMap((one) => ofOne(running, one, made));
  const claims = made.filter(({ path }) => path.includes("/namespaces/holdfast/leases")).length;
  const letters = all(running, "dead-letters").map(
    ({ topic, group, error }) => `${group} parked a record of ${topic}: ${error}`,
  );
  const stray = made.length - claims - approved.reduce((sum, one) => sum + effectsOf(one, made), 0);
  return [
    ...letters,
    ...sentences,
    ...(claims === approved.length ? [] : [`${approved.length} approved proposals have ${claims} claims`]),
    ...(stray === 0 ? [] : [`${stray} changes of the cluster are no approved proposal's`]),
    ...twice(approved.map(({ proposal }) => proposal)).map((id) => `${id} has two verdicts`),
  ];
}

function ofOne(running: Running, approved: Approved, made: readonly RecordedWrite[]): readonly string[] {
  const { proposal } = approved;
  const executions: readonly Execution[] = all(running, "executions").filter((one) => one.proposal === proposal);
  const outcome = outcomeOf(executions);
  const effects = effectsOf(approved, made);
  if (outcome === undefined || !isOutcome(outcome)) return [`${proposal} has no outcome`];
  const acted = outcome.state === "succeeded" || outcome.state === "failed";
  const rejected = all(running, "proposals.rejected").some((one) => one.proposal === proposal);
  return [
    ...(effects === (acted ? 1 : 0)
      ? []
      : [`${proposal} ${outcome.state} (${outcome.because}), and had ${effects} effects`]),
    ...(acted && !executions.some(({ state }) => state === "started")
      ? [`${proposal} was carried out without a recorded intent`]
      : []),
    ...(rejected ? [`${proposal} is approved and rejected`] : []),
    ...(outcome.state === "unknown" ? [`what became of ${proposal} is not known: ${outcome.because}`] : []),
  ];
}

function effectsOf({ allowed }: Approved, made: readonly RecordedWrite[]): number {
  const { request }: Allowed["plan"] = decode("proposals.allowed", allowed.payload).plan;
  const sent = request.body.toString();
  return made.filter(({ method, path, body }) => method === request.verb && path === request.path && body === sent)
    .length;
}

/** The events of a topic: of records with the same id, the first. */
function all<T extends Topic>(running: Running, topic: T): readonly Events[T][] {
  const records = onTheBus(running).filter((record) => record.topic === topic);
  const byId = new Map(
    records
      .toReversed()
      .map(({ value }) => decode(topic, value))
      .map((event) => [event.id, event]),
  );
  return [...byId.values()].toReversed();
}

function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, at) => names.indexOf(name) !== at);
}
