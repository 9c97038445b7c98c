import avro from "avsc";

type Tap = { readonly buf: Buffer; pos: number; readLong(): number; skipLong(): void };
type ArrayReader = { readonly itemsType: { _read(tap: Tap): unknown; _skip(tap: Tap): void } };

/** INVARIANT: a count on the wire never exceeds the bytes that are left, since every item of ours takes at least one. */
function assertRoom(tap: Tap, count: number): void {
  if (count > tap.buf.length - tap.pos) throw new Error("an array claims more items than the value has bytes left");
}

function read(this: ArrayReader, tap: Tap): unknown[] {
  const items: unknown[] = [];
  let count = tap.readLong();
  while (count !== 0) {
    if (count < 0) {
      count = -count;
      tap.skipLong();
    }
    assertRoom(tap, count);
    while (count-- > 0) items.push(this.itemsType._read(tap));
    count = tap.readLong();
  }
  return items;
}

function skip(this: ArrayReader, tap: Tap): void {
  let count = tap.readLong();
  while (count !== 0) {
    if (count < 0) {
      const bytes = tap.readLong();
      if (bytes < 0) throw new Error("an array block has a negative size");
      assertRoom(tap, bytes);
      tap.pos += bytes;
    } else {
      assertRoom(tap, count);
      while (count-- > 0) this.itemsType._skip(tap);
    }
    count = tap.readLong();
  }
}

/**
 * avsc trusts the counts on the wire: five bytes that claim a billion items end the whole process. This replaces its
 * array readers, and must run before any type or resolver is built, because resolvers copy the methods.
 */
export function guardDecoder(): void {
  const prototype: unknown = avro.types.ArrayType.prototype;
  if (typeof prototype !== "object" || prototype === null || !("_read" in prototype) || !("_skip" in prototype)) {
    throw new Error(
      "avsc's array reader is not where the decoder guard replaces it: this version of avsc is not guarded",
    );
  }
  Object.assign(prototype, { _read: read, _skip: skip });
}
