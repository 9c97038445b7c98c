import { createHash } from "node:crypto";

/** The tree of RFC 6962 over SHA-256, up to 2^53 leaves. */

export type Node = { readonly level: number; readonly index: number; readonly hash: Buffer };

/** The root of the complete subtree of 2^level leaves that begins at leaf index * 2^level. */
export type NodeAt = (level: number, index: number) => Buffer;

export const EMPTY_ROOT: Buffer = sha256();

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function leafHash(entry: Uint8Array): Buffer {
  return sha256(Buffer.of(0), entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.of(1), left, right);
}

/** Every complete subtree that the leaf at this index completes, the leaf itself first. */
export function nodesCompletedBy(leaf: Buffer, index: number, nodeAt: NodeAt): readonly Node[] {
  const completed: Node[] = [{ level: 0, index, hash: leaf }];
  let hash = leaf;
  let level = 0;
  let at = index;
  while (at % 2 === 1) {
    hash = nodeHash(nodeAt(level, at - 1), hash);
    at = (at - 1) / 2;
    level += 1;
    completed.push({ level, index: at, hash });
  }
  return completed;
}

export function rootAt(size: number, nodeAt: NodeAt): Buffer {
  return size === 0 ? EMPTY_ROOT : rangeHash(0, size, nodeAt);
}

/** The audit path of one leaf, from its sibling up. */
export function inclusionPath(index: number, size: number, nodeAt: NodeAt): readonly Buffer[] {
  if (index < 0 || index >= size) throw new RangeError(`a log of ${size} entries has no entry ${index}`);
  const path: Buffer[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.unshift(rangeHash(middle, end, nodeAt));
      end = middle;
    } else {
      path.unshift(rangeHash(start, middle, nodeAt));
      start = middle;
    }
  }
  return path;
}

/** Shows that the log of size `first` is the beginning of the log of size `second`. */
export function consistencyPath(first: number, second: number, nodeAt: NodeAt): readonly Buffer[] {
  if (first < 0 || first > second) throw new RangeError(`a log of ${second} entries has no beginning of ${first}`);
  if (first === 0) return [];
  const path: Buffer[] = [];
  let [start, end] = [0, second];
  while (first !== end) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      path.unshift(rangeHash(middle, end, nodeAt));
      end = middle;
    } else {
      path.unshift(rangeHash(start, middle, nodeAt));
      start = middle;
    }
  }
  if (start > 0) path.unshift(rangeHash(start, end, nodeAt));
  return path;
}

/** The root that the path leads to, or undefined where its length does not fit the index and size. */
export function rootFromInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  let [at, last, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sibling, root);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      root = nodeHash(root, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? root : undefined;
}

export type Tree = { readonly size: number; readonly root: Buffer };

/** RFC 9162, section 2.1.4.2. */
export function isConsistent(first: Tree, second: Tree, path: readonly Buffer[]): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return path.length === 0 && first.root.equals(second.root);
  if (first.size === 0) return path.length === 0 && first.root.equals(EMPTY_ROOT);
  const [seed, ...rest] = isPowerOfTwo(first.size) ? [first.root, ...path] : path;
  if (seed === undefined) return false;
  let [at, last] = [first.size - 1, second.size - 1];
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let [oldRoot, newRoot] = [seed, seed];
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      oldRoot = nodeHash(hash, oldRoot);
      newRoot = nodeHash(hash, newRoot);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      newRoot = nodeHash(newRoot, hash);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && oldRoot.equals(first.root) && newRoot.equals(second.root);
}

export type Growing = {
  readonly add: (leaf: Buffer) => void;
  readonly size: () => number;
  readonly root: () => Buffer;
};

/** A tree of which only the right edge is kept: enough for the root of everything added so far. */
export function growing(): Growing {
  const edge: (Buffer | undefined)[] = [];
  let size = 0;
  return {
    add: (leaf) => {
      let [hash, level] = [leaf, 0];
      for (let left = edge[level]; left !== undefined; left = edge[level]) {
        hash = nodeHash(left, hash);
        edge[level] = undefined;
        level += 1;
      }
      edge[level] = hash;
      size += 1;
    },
    size: () => size,
    root: () => edge.reduce((right, left) => joined(left, right), undefined) ?? EMPTY_ROOT,
  };
}

function joined(left: Buffer | undefined, right: Buffer | undefined): Buffer | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return nodeHash(left, right);
}

function rangeHash(start: number, end: number, nodeAt: NodeAt): Buffer {
  const length = end - start;
  if (isPowerOfTwo(length) && start % length === 0) return nodeAt(Math.log2(length), start / length);
  const middle = start + splitOf(length);
  return nodeHash(rangeHash(start, middle, nodeAt), rangeHash(middle, end, nodeAt));
}

/** The largest power of two below n. */
function splitOf(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

function isPowerOfTwo(n: number): boolean {
  return n === 1 || (n > 1 && splitOf(n) * 2 === n);
}

function half(n: number): number {
  return Math.floor(n / 2);
}
