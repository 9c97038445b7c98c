import { isUnreachable, refusalOf, remedyOf, type Consent, type TopologyDesk } from "@holdfast/bus/kafka/topology";
import { openOperatorTopology } from "@holdfast/wiring/topology";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import { doneLines, planLines, type Place } from "./topics-screen.ts";
import type { World } from "./world.ts";

/** Compares, and with a consent applies and compares again. */
export async function topics(world: World, consent: Consent | undefined, asJson: boolean): Promise<ExitCode> {
  const place = placeOf(world);
  return inWords(place, async () => {
    await using desk = await openOperatorTopology(world.settings);
    return await (consent === undefined
      ? plan(world, desk, place, asJson)
      : apply(world, desk, consent, place, asJson)); // the desk stays open until then
  });
}

async function plan(world: World, desk: TopologyDesk, place: Place, asJson: boolean): Promise<ExitCode> {
  const compared = await desk.compare();
  const { differences, actual } = compared;
  if (asJson) world.say(JSON.stringify({ ...place, enforced: actual.rights !== undefined, differences }));
  else for (const line of planLines(compared, place, world.paint)) world.say(line);
  return differences.length === 0 ? EXIT.done : EXIT.refused;
}

async function apply(
  world: World,
  desk: TopologyDesk,
  consent: Consent,
  place: Place,
  asJson: boolean,
): Promise<ExitCode> {
  const before = await desk.compare();
  const done = before.differences.filter((difference) => remedyOf(difference, consent) !== undefined);
  if (done.length > 0) await desk.apply(before, consent);
  const after = await desk.compare();
  const { differences, actual } = after;
  if (asJson) world.say(JSON.stringify({ ...place, enforced: actual.rights !== undefined, done, differences }));
  else for (const line of [...doneLines(done), ...planLines(after, place, world.paint)]) world.say(line);
  return differences.length === 0 ? EXIT.done : EXIT.refused;
}

function placeOf({ settings }: World): Place {
  return {
    brokers: settings.HOLDFAST_BUS.slice("kafka://".length),
    prefix: settings.HOLDFAST_KAFKA_PREFIX,
    replication: settings.HOLDFAST_KAFKA_REPLICATION,
  };
}

/** @throws Stopped: 3 where no broker answered, 1 where one refused. */
async function inWords(place: Place, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const refusal = refusalOf(cause, { who: "the operator", doing: "change", on: `${place.prefix}*` });
    if (refusal !== undefined)
      throw new Stopped(EXIT.refused, `${refusal.slice(0, 1).toUpperCase()}${refusal.slice(1)}`, { cause });
    if (!isUnreachable(cause)) throw cause;
    throw new Stopped(
      EXIT.unreachable,
      `No broker of Kafka answers at ${place.brokers} (${why}). Start it, or look at HOLDFAST_BUS and at whether the brokers want TLS.`,
      { cause },
    );
  }
}
