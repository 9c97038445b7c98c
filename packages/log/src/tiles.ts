/** Paths and contents of the static files (C2SP tlog-tiles). */

export const TILE_WIDTH = 256;
export const HASH_BYTES = 32;
export const ENTRY_BYTES_MAX = 65_535;
export const CHECKPOINT_PATH = "checkpoint";

/** A tile of hashes at a level, or a bundle of entries; `width` is below 256 where it is partial. */
export type Tile = { readonly level: number | "entries"; readonly index: number; readonly width: number };

export function tilePath({ level, index, width }: Tile): string {
  const full = `tile/${level}/${digitGroups(index)}`;
  return width === TILE_WIDTH ? full : `${full}.p/${width}`;
}

/** Whether a requested path is one that tilePath can spell: nothing else may be read from disk. */
export function isTilePath(path: string): boolean {
  const [, level, width] =
    /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/(?:x[0-9]{3}\/){0,5}[0-9]{3}(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path) ??
    [];
  return level !== undefined && (width === undefined || Number(width) < TILE_WIDTH);
}

/** How many hashes the tiles of this level hold altogether. */
export function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tiles and bundles that a log of `size` has and one of `from` has not, from = 0 for all. */
export function tilesAdded(from: number, size: number): readonly Tile[] {
  const added: Tile[] = rowAdded("entries", from, size);
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    added.push(...rowAdded(level, hashesAt(level, from), hashesAt(level, size)));
  }
  return added;
}

function rowAdded(level: number | "entries", from: number, until: number): Tile[] {
  const tiles: Tile[] = [];
  if (until === from) return tiles;
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < until; index += 1) {
    tiles.push({ level, index, width: Math.min(TILE_WIDTH, until - index * TILE_WIDTH) });
  }
  return tiles;
}

export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      if (entry.length > ENTRY_BYTES_MAX)
        throw new RangeError(`an entry of ${entry.length} bytes does not fit a bundle`);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** Up to `count` entries; undefined where the bytes end inside an entry. */
export function decodeBundle(bytes: Buffer, count: number): readonly Buffer[] | undefined {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < count) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

export function encodeTile(hashes: readonly Uint8Array[]): Buffer {
  return Buffer.concat(hashes);
}

function digitGroups(index: number): string {
  const groups = [String(index % 1000).padStart(3, "0")];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return groups.join("/");
}
