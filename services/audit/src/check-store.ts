import { leafHash, nodeHash, openPositions, readEntry, type Broken } from "@holdfast/log";
import { bytesOf, integerOf, textOf, type Row } from "./rows.ts";
import type { Store } from "./store.ts";

/** The first row of the store that contradicts another: an entry its hash, a subtree its halves, a position its entries. */
export function checkStore(store: Store): Broken | undefined {
  return checkLeaves(store) ?? checkNodes(store);
}

function checkLeaves({ database, positions }: Store): Broken | undefined {
  const told = openPositions();
  const nodes = database.prepare("SELECT hash FROM node WHERE level = 0 ORDER BY idx").iterate();
  let index = 0;
  for (const row of database.prepare("SELECT idx, topic, part, off, entry, hash FROM leaf ORDER BY idx").iterate()) {
    const because = leafWrong(row, index, nodes.next().value, told);
    if (because !== undefined)
      return {
        outcome: "broken",
        where: `entry ${index} (${textOf(row, "topic")}/${integerOf(row, "part")}/${integerOf(row, "off")}) of the store`,
        because,
      };
    index += 1;
  }
  const expected = new Map(told.all().map((position) => [`${position.topic}/${position.partition}`, position.next]));
  for (const { topic, partition, next } of positions()) {
    const last = expected.get(`${topic}/${partition}`);
    if (last !== next)
      return {
        outcome: "broken",
        where: `the position of ${topic}/${partition}`,
        because: `it is ${next}, and the entries end at ${last ?? 0}`,
      };
    expected.delete(`${topic}/${partition}`);
  }
  const [lost] = expected.keys();
  return lost === undefined
    ? undefined
    : { outcome: "broken", where: `the position of ${lost}`, because: "it is not there" };
}

function leafWrong(
  row: Row,
  index: number,
  node: Row | undefined,
  told: ReturnType<typeof openPositions>,
): string | undefined {
  const [bytes, hash] = [bytesOf(row, "entry"), leafHash(bytesOf(row, "entry"))];
  if (integerOf(row, "idx") !== index) return "it does not have the index that follows";
  if (!bytesOf(row, "hash").equals(hash)) return "it is not the entry that was recorded: its hash differs";
  if (node === undefined || !bytesOf(node, "hash").equals(hash)) return "its hash is not the one in the tree";
  const entry = readEntry(bytes);
  if (entry === undefined) return "it cannot be decoded";
  if (
    entry.topic !== textOf(row, "topic") ||
    entry.partition !== integerOf(row, "part") ||
    entry.offset !== integerOf(row, "off")
  )
    return "it is filed under another place than it says itself";
  return told.take(entry);
}

function checkNodes({ database, size }: Store): Broken | undefined {
  const select = (level: number): Iterator<Row> =>
    database.prepare("SELECT idx, hash FROM node WHERE level = ? ORDER BY idx").iterate(level);
  for (let [level, count] = [1, Math.floor(size() / 2)]; count > 0; level += 1, count = Math.floor(count / 2)) {
    const [below, nodes] = [select(level - 1), select(level)];
    for (let index = 0; index < count; index += 1) {
      const [left, right, node] = [below.next().value, below.next().value, nodes.next().value];
      const complete =
        left !== undefined && right !== undefined && node !== undefined && integerOf(node, "idx") === index;
      if (!complete || !bytesOf(node, "hash").equals(nodeHash(bytesOf(left, "hash"), bytesOf(right, "hash")))) {
        return {
          outcome: "broken",
          where: `subtree ${index} of level ${level} of the store`,
          because: "it is not the hash of its two halves",
        };
      }
    }
  }
  return undefined;
}
