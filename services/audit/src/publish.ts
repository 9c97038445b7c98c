import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  CHECKPOINT_PATH,
  TILE_WIDTH,
  encodeBundle,
  encodeTile,
  leafHash,
  openCheckpoint,
  parseVkey,
  rootAt,
  signCheckpoint,
  tilePath,
  tilesAdded,
  type Signer,
  type Tile,
  type Tree,
} from "@holdfast/log";
import { readIfThere, writeDurably } from "@holdfast/service";
import type { Store } from "./store.ts";

/** The public form of the store: static files that grow with it, and the signed checkpoint that covers them. */
export type Publisher = {
  /** Makes everything durable that the store holds by now, then signs it. */
  readonly publish: () => Checkpointed;
  readonly latest: () => Checkpointed;
};
export type Checkpointed = Tree & { readonly bytes: Buffer };
export type PublisherParts = { readonly folder: string; readonly store: Store; readonly signer: Signer };

const LEVELS_PER_TILE = 8;
/** Anybody may read and serve the log. */
const PUBLIC = 0o644;

/** @throws with a sentence where the store does not continue what was signed: a log never signs two histories, not even to repair. */
export function openPublisher(parts: PublisherParts): Publisher {
  const { folder, store } = parts;
  let latest = openLatest(parts);
  return {
    latest: () => latest,
    publish: () => {
      const size = store.size();
      if (size === latest.size) return latest;
      const added = tilesAdded(latest.size, size);
      for (const tile of added) writeOnce(join(folder, tilePath(tile)), tileBytes(tile, store));
      latest = signed(parts, size);
      for (const tile of added) if (tile.width === TILE_WIDTH) removePartials(folder, tile);
      return latest;
    },
  };
}

/** The first checkpoint is signed before the first record: from then on a missing one can only have been lost. */
function openLatest(parts: PublisherParts): Checkpointed {
  const { folder, store, signer } = parts;
  const size = store.size();
  const bytes = readIfThere(join(folder, CHECKPOINT_PATH));
  if (bytes === undefined) {
    if (size > 0 || existsSync(join(folder, "tile")))
      throw refusal(
        `the checkpoint in ${folder} is missing, although the log has begun (${size} entries in the store)`,
        "Put the newest copy of the checkpoint back",
      );
    return signed(parts, 0);
  }
  const checkpoint = openCheckpoint(bytes, parseVkey(signer.vkey));
  if (checkpoint.outcome === "refused")
    throw refusal(
      `the checkpoint in ${folder} is not this log's: ${checkpoint.because}`,
      "Put the right checkpoint or the right signing key back",
    );
  if (size < checkpoint.size)
    throw refusal(
      `the store has ${size} entries, and the checkpoint covers ${checkpoint.size}: the store was restored from a backup, or commits were lost`,
      "Bring back the newer store",
    );
  if (!rootAt(checkpoint.size, store.nodeAt).equals(checkpoint.root))
    throw refusal(
      `the first ${checkpoint.size} entries of the store are not those that the checkpoint covers: the store was changed`,
      "Keep both for the investigation and bring back a store that fits",
    );
  return { size: checkpoint.size, root: checkpoint.root, bytes };
}

function signed({ folder, store, signer }: PublisherParts, size: number): Checkpointed {
  const tree = { size, root: rootAt(size, store.nodeAt) };
  const bytes = signCheckpoint(tree, signer);
  writeDurably(join(folder, CHECKPOINT_PATH), bytes, PUBLIC);
  return { ...tree, bytes };
}

/** A published file never changes; writing the same again after a crash is harmless. */
function writeOnce(path: string, bytes: Buffer): void {
  const existing = readIfThere(path);
  if (existing !== undefined && !existing.equals(bytes))
    throw refusal(
      `${path} was published with other content than the store gives now`,
      "Find out which of the two was changed",
    );
  writeDurably(path, bytes, PUBLIC);
}

function tileBytes({ level, index, width }: Tile, store: Store): Buffer {
  const start = index * TILE_WIDTH;
  if (level !== "entries")
    return encodeTile(Array.from({ length: width }, (_, i) => store.nodeAt(level * LEVELS_PER_TILE, start + i)));
  const entries = store.entries(start, start + width);
  for (const [at, entry] of entries.entries()) {
    if (!leafHash(entry).equals(store.nodeAt(0, start + at)))
      throw refusal(
        `entry ${start + at} of the store was changed after it was recorded`,
        "Bring back a store that was not changed",
      );
  }
  return encodeBundle(entries);
}

function removePartials(folder: string, tile: Tile): void {
  rmSync(join(folder, `${tilePath(tile)}.p`), { recursive: true, force: true });
}

function refusal(what: string, then: string): Error {
  return new Error(`The log does not go on: ${what}. ${then}; until then nothing is signed, and no action is taken.`);
}
