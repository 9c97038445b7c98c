import { again, agrees, openLetters, placeIn, withoutRecord, type Again, type Bus, type Hold } from "@holdfast/bus";
import { digestOf, isTopic, visibleLine, type DeadLetter } from "@holdfast/schemas";
import { openBus, pinnedKeys } from "./bus.ts";
import { approval, call, detailOf, needToken } from "./door.ts";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import { row } from "./line.ts";
import { eventIn } from "./record-line.ts";
import type { World } from "./world.ts";

type Asked = { readonly name: string; readonly yes: boolean; readonly reason: string | undefined };

/** What a replay would write, and what stands in its way. */
type Replay = { readonly letter: DeadLetter; readonly record: Again; readonly hold: Hold | undefined };

/** Says exactly what would be written; with --yes records who asks for it and why, and then writes it. */
export async function replay(world: World, { name, yes, reason }: Asked): Promise<ExitCode> {
  await using bus = await openBus(world);
  const found = await replayOf(bus, name);
  for (const line of planned(world, found)) world.say(line);
  const { letter, record, hold } = found;
  if (hold !== undefined) {
    world.warn(
      `Its key is still held in ${hold.letter.group}, so the record would only follow into dead-letters. First: holdfast dead-letters release ${hold.letter.id.slice(0, 8)} --reason TEXT`,
    );
    return EXIT.refused;
  }
  if (!yes) {
    world.say("Nothing was written. To write it: the same command with --yes --reason TEXT");
    return EXIT.done;
  }
  if (reason === undefined)
    throw new Stopped(EXIT.usage, "A replay is recorded with its reason: add --reason TEXT. Nothing was written.");
  await noted(world, letter, reason);
  const { topic, partition, offset } = await bus.again(record);
  world.say(`Written at ${topic}/${partition}/${offset}, and recorded in dead-letters.`);
  return EXIT.done;
}

/** INVARIANT: what is not recorded does not happen, so the decision comes first; if the write fails, the same command is right. */
async function noted(world: World, { id }: DeadLetter, reason: string): Promise<void> {
  const url = approval(world, `/v1/dead-letters/${id}/replay`);
  const answer = await call(world, "approval", url, { method: "POST", body: { reason }, token: needToken(world) });
  if (answer.status !== 201)
    throw new Stopped(EXIT.refused, `The replay was not recorded, so nothing was written. ${detailOf(answer)}`);
}

/** INVARIANT: what is written again is the record at its place and never what a letter says of it: letters are signed by nobody. */
async function replayOf(bus: Bus, name: string): Promise<Replay> {
  const events: DeadLetter[] = [];
  await using view = bus.view(["dead-letters"], ({ event }) => void events.push(event));
  await view.caughtUp;
  const parked = events.filter(({ kind }) => kind === "parked");
  const records = await bus.recordsAt(parked.flatMap((each) => placeIn(each) ?? []));
  const recordOf = ({ topic, partition, offset }: DeadLetter): (typeof records)[number] | undefined =>
    records.find((raw) => raw.topic === topic && raw.partition === partition && raw.offset === offset);
  const isTrue = (each: DeadLetter): number => Number(agrees(each, recordOf(each)));
  // Whoever may write a letter can take the id of another one: of several with one id the true one is meant.
  const named = parked.filter(({ id }) => id === name || isPrefix(name, id));
  const fits = [...new Map(named.toSorted((a, b) => isTrue(a) - isTrue(b)).map((each) => [each.id, each])).values()];
  const [letter] = fits;
  if (letter === undefined)
    throw new Stopped(
      EXIT.refused,
      `There is no dead letter ${visibleLine(name)}. \`holdfast dead-letters list\` lists those that there are.`,
    );
  if (fits.length > 1)
    throw new Stopped(
      EXIT.refused,
      `${fits.length} dead letters begin with ${visibleLine(name)}. Name one by its whole id.`,
    );
  const original = recordOf(letter);
  if (original === undefined || !agrees(letter, original))
    throw new Stopped(
      EXIT.refused,
      `Letter ${letter.id} does not agree with the record at ${placeOf(letter)}: ${original === undefined ? "there is none, or none any more" : "its bytes are others"}. Nothing is replayed.`,
    );
  const record = again(original, letter.id);
  if (record === undefined || !isTopic(letter.topic))
    throw new Stopped(EXIT.refused, `The record at ${placeOf(letter)} has no value, so there is nothing to replay.`);
  const letters = openLetters();
  for (const event of events)
    if (event.kind !== "parked" || agrees(event, recordOf(event))) letters.fold(withoutRecord(event));
  return { letter, record, hold: letters.hold(letter.group, letter.key.toString()) };
}

function planned(world: World, { letter, record }: Replay): readonly string[] {
  const { topic, key, value, headers } = record;
  const { why } = eventIn(pinnedKeys(world), topic, value, headers);
  return [
    `Replay of dead letter ${letter.id}: the record at ${placeOf(letter)}, byte for byte.`,
    ...row("TO", `${topic}, key ${key}`),
    ...row("VALUE", `${value.length} bytes, SHA-256 ${digestOf(value)}`),
    ...headers.flatMap((header) => row("HEADER", `${header.name}: ${header.value.toString()}`)),
    ...(why === undefined
      ? []
      : row("STILL", `it cannot be read by this version either (${why}): whoever cannot read it parks it once more`)),
  ];
}

function placeOf({ topic, partition, offset }: DeadLetter): string {
  return `${visibleLine(topic)}/${partition}/${offset}`;
}

function isPrefix(name: string, id: string): boolean {
  return /^[0-9a-f][0-9a-f-]{7,35}$/.test(name) && id.startsWith(name);
}
