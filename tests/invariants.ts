import { isOutcome, outcomeOf } from "@holdfast/proposals";
import { decode, type Allowed, type Approved, type Execution, type Events, type Topic } from "@holdfast/schemas";
import type { RecordedWrite } from "@holdfast/sandbox";
import { heldBy, type BusRecord } from "./records.ts";
import type { Running } from "./running.ts";
import { writes } from "./story.ts";

/** What must hold after whatever happened, read from the bus itself and from the cluster's own record of its changes. */

/** @returns a sentence for each rule that does not hold. */
export async function violations(running: Running): Promise<readonly string[]> {
  const made = await writes(running);
  const records = await heldBy(running);
  const approved = all(records, "proposals.approved");
  const executions = all(records, "executions");
  const rejected = new Set(all(records, "proposals.rejected").map(({ proposal }) => proposal));
  const sentences = approved.flatMap((one) => ofOne(one, executions, rejected, made));
  const claims = made.filter(({ path }) => path.includes("/namespaces/holdfast/leases")).length;
  const letters = all(records, "dead-letters").map(
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

function ofOne(
  approved: Approved,
  recorded: readonly Execution[],
  rejected: ReadonlySet<string>,
  made: readonly RecordedWrite[],
): readonly string[] {
  const { proposal } = approved;
  const executions = recorded.filter((one) => one.proposal === proposal);
  const outcome = outcomeOf(executions);
  const effects = effectsOf(approved, made);
  if (outcome === undefined || !isOutcome(outcome)) return [`${proposal} has no outcome`];
  const acted = outcome.state === "succeeded" || outcome.state === "failed";
  return [
    ...(effects === (acted ? 1 : 0)
      ? []
      : [`${proposal} ${outcome.state} (${outcome.because}), and had ${effects} effects`]),
    ...(acted && !executions.some(({ state }) => state === "started")
      ? [`${proposal} was carried out without a recorded intent`]
      : []),
    ...(rejected.has(proposal) ? [`${proposal} is approved and rejected`] : []),
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
function all<T extends Topic>(held: readonly BusRecord[], topic: T): readonly Events[T][] {
  const records = held.filter((record) => record.topic === topic);
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
