import { openCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { openStory, type Story } from "./verify-story.ts";
import { growing, leafHash, type Growing, type Tree } from "./merkle.ts";
import { parseVkey, type Verifier } from "./note.ts";
import { broken, type Broken, type LogCheck, type Nothing, type ReadFile, type Verified } from "./verdict.ts";
import {
  CHECKPOINT_PATH,
  HASH_BYTES,
  TILE_WIDTH,
  decodeBundle,
  hashesAt,
  tilePath,
  tilesAdded,
  type Tile,
} from "./tiles.ts";

/** Verifies everything from the static files and the public key alone. A log without entries is not verified: there was nothing to check. */
export async function verifyLog(check: LogCheck): Promise<Verified | Broken | Nothing> {
  const verifier = parseVkey(check.vkey);
  const bytes = await check.read(CHECKPOINT_PATH);
  if (bytes === undefined)
    return {
      outcome: "nothing",
      because: "there is no checkpoint: the log has published nothing yet, or this is not its folder",
    };
  const checkpoint = openCheckpoint(bytes, verifier);
  if (checkpoint.outcome === "refused") return broken(CHECKPOINT_PATH, checkpoint.because);
  const earlier = openEarlier(check.earlier, verifier);
  if (earlier?.outcome === "broken") return earlier;
  if (earlier !== undefined && earlier.size > checkpoint.size) {
    return broken(
      CHECKPOINT_PATH,
      `it covers ${checkpoint.size} entries, and the earlier one already covered ${earlier.size}: the log was cut short or restored from a backup`,
    );
  }
  if (checkpoint.size === 0) return { outcome: "nothing", because: "the log has no entries yet" };
  return verifyEntries(check, checkpoint, earlier);
}

async function verifyEntries(
  check: LogCheck,
  checkpoint: Checkpoint,
  earlier: Tree | undefined,
): Promise<Verified | Broken> {
  const walk = openWalk(openStory(check.values));
  for (const tile of tilesAdded(0, checkpoint.size).filter(({ level }) => level === "entries")) {
    const missing = await walkBundle(check.read, tile, walk, earlier);
    if (missing !== undefined) return missing;
  }
  const upper = await walkUpperTiles(check.read, checkpoint.size, walk.subtrees);
  if (upper?.missing === true) return upper;
  const damage = damaged(walk, upper, checkpoint);
  if (damage !== undefined) return damage;
  if (earlier !== undefined && !walk.earlierRoot(earlier).equals(earlier.root)) {
    return broken(
      CHECKPOINT_PATH,
      `its log does not begin with the ${earlier.size} entries of the earlier checkpoint: history was rewritten and signed again`,
    );
  }
  const wrong = walk.story.wrong();
  if (wrong !== undefined) return wrong;
  return {
    outcome: "verified",
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: checkpoint.root,
    ...walk.story.told(),
  };
}

type Mismatch = { readonly index: number; readonly tile: Tile; readonly entry: string };
type Walk = {
  readonly story: Story;
  readonly fromEntries: Growing;
  readonly fromTiles: Growing;
  /** The roots of full level 0 tiles. */
  readonly subtrees: Buffer[];
  readonly mismatch: (mismatch?: Mismatch) => Mismatch | undefined;
  readonly earlierRoot: (earlier: Tree, reached?: Growing) => Buffer;
};

function openWalk(story: Story): Walk {
  let first: Mismatch | undefined;
  let before = growing().root();
  return {
    story,
    fromEntries: growing(),
    fromTiles: growing(),
    subtrees: [],
    mismatch: (mismatch) => (first ??= mismatch),
    earlierRoot: (earlier, reached) => {
      if (reached?.size() === earlier.size) before = reached.root();
      return before;
    },
  };
}

async function walkBundle(
  read: ReadFile,
  tile: Tile,
  walk: Walk,
  earlier: Tree | undefined,
): Promise<Broken | undefined> {
  const path = tilePath(tile);
  const bundle = await readTile(read, tile);
  const entries = bundle === undefined ? undefined : decodeBundle(bundle.bytes, TILE_WIDTH);
  if (bundle === undefined) return missing(path);
  if (entries?.length !== bundle.width) return broken(path, `it does not hold exactly ${bundle.width} whole entries`);
  const hashes = await readHashes(read, { ...tile, level: 0 });
  if ("outcome" in hashes) return hashes;
  const subtree = growing();
  for (const [at, entry] of entries.slice(0, tile.width).entries()) {
    const [index, hash, recorded] = [tile.index * TILE_WIDTH + at, leafHash(entry), hashes.at(at)];
    const name = await walk.story.take(entry, index, path);
    walk.fromEntries.add(hash);
    subtree.add(hash);
    if (recorded !== undefined) walk.fromTiles.add(recorded);
    if (recorded?.equals(hash) !== true) walk.mismatch({ index, tile, entry: name });
    if (earlier !== undefined) walk.earlierRoot(earlier, walk.fromEntries);
  }
  if (tile.width === TILE_WIDTH) walk.subtrees.push(subtree.root());
  return undefined;
}

/** Compares each tile above level 0 with what the entries give; the first that differs, or is not there. */
async function walkUpperTiles(
  read: ReadFile,
  size: number,
  subtrees: readonly Buffer[],
): Promise<(Broken & { readonly missing: boolean }) | undefined> {
  let row = subtrees;
  for (let level = 1; hashesAt(level, size) > 0; level += 1) {
    const above: Buffer[] = [];
    for (const tile of tilesAdded(0, size).filter((added) => added.level === level)) {
      const hashes = await readHashes(read, tile);
      if ("outcome" in hashes) return { ...hashes, missing: true };
      const expected = row.slice(tile.index * TILE_WIDTH, tile.index * TILE_WIDTH + tile.width);
      const at = expected.findIndex((hash, i) => hashes[i]?.equals(hash) !== true);
      if (at >= 0)
        return { ...broken(tilePath(tile), `its hash ${at} is not that of the entries below it`), missing: false };
      if (tile.width === TILE_WIDTH) above.push(rootOf(expected));
    }
    row = above;
  }
  return undefined;
}

/** Who is to blame: what gives the signed root is right, and what differs from it is not. */
function damaged(walk: Walk, upper: Broken | undefined, checkpoint: Checkpoint): Broken | undefined {
  const mismatch = walk.mismatch();
  const rootOfEntries = walk.fromEntries.root().equals(checkpoint.root);
  if (mismatch === undefined) {
    if (upper !== undefined) return broken(upper.where, upper.because);
    return rootOfEntries
      ? undefined
      : broken(
          CHECKPOINT_PATH,
          `its root is not the root of the ${checkpoint.size} entries: history was rewritten, or the checkpoint belongs to other files`,
        );
  }
  const [bundle, tile] = [tilePath(mismatch.tile), tilePath({ ...mismatch.tile, level: 0 })];
  if (rootOfEntries)
    return broken(
      tile,
      `its hash of entry ${mismatch.index} is not that of the entry, and the signed root is that of the entries`,
    );
  if (walk.fromTiles.root().equals(checkpoint.root))
    return broken(
      `${mismatch.entry} in ${bundle}`,
      "it is not the entry that was recorded: its hash differs from the one under the signed root",
    );
  return broken(
    `${mismatch.entry} in ${bundle}`,
    `its hash is not the one in ${tile}, and neither gives the signed root`,
  );
}

async function readHashes(read: ReadFile, tile: Tile): Promise<readonly Buffer[] | Broken> {
  const found = await readTile(read, tile);
  if (found === undefined) return missing(tilePath(tile));
  if (found.bytes.length !== found.width * HASH_BYTES)
    return broken(tilePath(tile), `it does not hold exactly ${found.width} hashes`);
  return Array.from({ length: tile.width }, (_, i) => found.bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** A partial tile may have gone because the full one is there by now. */
async function readTile(
  read: ReadFile,
  tile: Tile,
): Promise<{ readonly bytes: Buffer; readonly width: number } | undefined> {
  for (const width of new Set([tile.width, TILE_WIDTH])) {
    const bytes = await read(tilePath({ ...tile, width }));
    if (bytes !== undefined) return { bytes, width };
  }
  return undefined;
}

function openEarlier(bytes: Uint8Array | undefined, verifier: Verifier): Checkpoint | Broken | undefined {
  if (bytes === undefined) return undefined;
  const earlier = openCheckpoint(bytes, verifier);
  return earlier.outcome === "refused" ? broken("the earlier checkpoint", earlier.because) : earlier;
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const tree = growing();
  for (const hash of hashes) tree.add(hash);
  return tree.root();
}

function missing(path: string): Broken {
  return broken(path, "it is not there, and the checkpoint covers it: the log was cut short");
}
