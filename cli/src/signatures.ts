import {
  decodeBundle,
  readEntry,
  tilePath,
  tilesAdded,
  TILE_WIDTH,
  wholeOf,
  type ReadFile,
  type ReadValue,
} from "@holdfast/log";
import { isTopic, kindsOf, type Codec, type Reading, type Topic } from "@holdfast/schemas";

/** What the signatures of the recorded values came to. */
export type SignaturesChecked = {
  readonly verified: number;
  /** Records of signed topics that nobody signed who may: they are in the log, and no service takes them. */
  readonly refused: readonly string[];
};

/** Checks every recorded value of a signed topic against the pinned keys. The log itself was verified before. */
export async function checkSignatures(
  read: ReadFile,
  values: ReadValue,
  codec: Codec,
  size: number,
): Promise<SignaturesChecked> {
  let verified = 0;
  const refused: string[] = [];
  for (const tile of tilesAdded(0, size).filter(({ level }) => level === "entries")) {
    const bundle = (await read(tilePath(tile))) ?? (await read(tilePath({ ...tile, width: TILE_WIDTH })));
    const entries = bundle === undefined ? [] : (decodeBundle(bundle, tile.width) ?? []);
    for (const [at, bytes] of entries.entries()) {
      const why = await refusalOf(bytes, values, codec);
      if (why === undefined) verified += 1;
      else if (why !== "unsigned") refused.push(`record ${tile.index * TILE_WIDTH + at}: ${why}`);
    }
  }
  return { verified, refused };
}

async function refusalOf(bytes: Buffer, values: ReadValue, codec: Codec): Promise<string | undefined> {
  const stored = readEntry(bytes);
  const whole = stored === undefined ? undefined : wholeOf(stored);
  const kept = whole === undefined ? undefined : await values(whole);
  const entry = kept === undefined ? stored : readEntry(kept);
  if (entry === undefined || entry.kind !== "record" || !isTopic(entry.topic) || kindsOf(entry.topic).length === 0)
    return "unsigned";
  const value = entry.valueCommit === null ? null : ((await values(entry.valueCommit)) ?? null);
  const reading = codec.read(entry.topic, value, entry.headers);
  if (entry.topic === "dead-letters" && (reading.outcome === "undecodable" || isParked(reading))) return "unsigned";
  return reading.outcome === "valid" ? undefined : `${entry.topic}/${entry.partition}/${entry.offset}: ${reading.why}`;
}

/** Whoever handles records may park one; only what a person decided about it is signed. */
function isParked(reading: Reading<Topic>): boolean {
  return reading.outcome === "valid" && "kind" in reading.event && reading.event.kind === "parked";
}
