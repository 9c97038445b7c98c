import { describe, expect, test } from "vitest";
import {
  EMPTY_ROOT,
  consistencyPath,
  growing,
  inclusionPath,
  isConsistent,
  leafHash,
  nodeHash,
  nodesCompletedBy,
  rootAt,
  rootFromInclusion,
  type NodeAt,
} from "./merkle.ts";

const LARGEST = 130;
const leaves = Array.from({ length: LARGEST }, (_, i) => leafHash(Buffer.from(`entry-${i}`)));

/** MTH of RFC 6962, section 2.1, word for word. */
function reference(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return EMPTY_ROOT;
  if (hashes.length === 1) return only;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(reference(hashes.slice(0, split)), reference(hashes.slice(split)));
}

function grown(hashes: readonly Buffer[]): NodeAt {
  const nodes = new Map<string, Buffer>();
  const nodeAt: NodeAt = (level, index) => {
    const hash = nodes.get(`${level}/${index}`);
    if (hash === undefined) throw new Error(`node ${level}/${index} is not complete`);
    return hash;
  };
  for (const [index, leaf] of hashes.entries()) {
    for (const node of nodesCompletedBy(leaf, index, nodeAt)) nodes.set(`${node.level}/${node.index}`, node.hash);
  }
  return nodeAt;
}

const nodeAt = grown(leaves);
const roots = Array.from({ length: LARGEST + 1 }, (_, size) => reference(leaves.slice(0, size)));
const rootOf = (size: number): Buffer => roots[size] ?? EMPTY_ROOT;
const leafAt = (index: number): Buffer => leaves[index] ?? EMPTY_ROOT;

describe("the tree", () => {
  test("the root of every size is that of RFC 6962, from stored nodes and from the right edge alone", () => {
    const tree = growing();
    expect(tree.root()).toEqual(EMPTY_ROOT);
    for (let size = 1; size <= LARGEST; size += 1) {
      tree.add(leafAt(size - 1));
      expect(rootAt(size, nodeAt)).toEqual(rootOf(size));
      expect(tree.root()).toEqual(rootOf(size));
    }
  });

  test("a large tree of a random size has the root of RFC 6962", () => {
    const size = 1_000 + Math.floor(Math.random() * 4_000);
    const many = Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`${size}:${i}`)));
    expect(rootAt(size, grown(many)), `size ${size}`).toEqual(reference(many));
  });
});

describe("inclusion", () => {
  test("every entry of every size is proven, and under none of its neighbours' indexes", () => {
    let proven = 0;
    for (let size = 1; size < LARGEST; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const path = inclusionPath(index, size, nodeAt);
        expect(rootFromInclusion(leafAt(index), index, size, path)).toEqual(rootOf(size));
        proven += 1;
        for (const other of new Set([index - 1, index + 1, size - 1 - index, size - 1])) {
          if (other !== index) expect(rootFromInclusion(leafAt(index), other, size, path)).not.toEqual(rootOf(size));
        }
      }
    }
    expect(proven).toBe(8_385);
  });

  test("a path that is too short, too long or altered leads nowhere", () => {
    const path = inclusionPath(40, 100, nodeAt);
    expect(rootFromInclusion(leafAt(40), 40, 100, path.slice(1))).not.toEqual(rootOf(100));
    expect(rootFromInclusion(leafAt(40), 40, 100, [...path, rootOf(3)])).toBeUndefined();
    expect(rootFromInclusion(leafAt(40), 40, 100, path.toReversed())).not.toEqual(rootOf(100));
    expect(rootFromInclusion(leafAt(40), 100, 100, path)).toBeUndefined();
  });
});

describe("consistency", () => {
  test("every size is shown to be the beginning of every later size", () => {
    for (let second = 0; second < LARGEST; second += 1) {
      for (let first = 0; first <= second; first += 1) {
        const path = consistencyPath(first, second, nodeAt);
        expect(isConsistent({ size: first, root: rootOf(first) }, { size: second, root: rootOf(second) }, path)).toBe(
          true,
        );
      }
    }
  });

  test("another beginning, another end or an altered path is refused", () => {
    const [first, second] = [
      { size: 37, root: rootOf(37) },
      { size: 100, root: rootOf(100) },
    ];
    const path = consistencyPath(37, 100, nodeAt);
    expect(isConsistent(first, second, path)).toBe(true);
    expect(isConsistent({ ...first, root: rootOf(36) }, second, path)).toBe(false);
    expect(isConsistent(first, { ...second, root: rootOf(99) }, path)).toBe(false);
    expect(isConsistent(first, second, path.slice(0, -1))).toBe(false);
    expect(isConsistent(first, second, [...path, rootOf(1)])).toBe(false);
    expect(isConsistent(second, first, path)).toBe(false);
    expect(isConsistent({ size: 37, root: rootOf(36) }, first, [])).toBe(false);
  });
});
