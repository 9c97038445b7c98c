import { fromBase64 } from "./base64.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { leafHash, rootFromInclusion } from "./merkle.ts";
import { refused, type Refused, type Verifier } from "./note.ts";
import { HASH_BYTES } from "./tiles.ts";

/** A portable proof that one entry is in the log (C2SP tlog-proof). */

export type Proof = { readonly index: number; readonly path: readonly Buffer[]; readonly checkpoint: Buffer };
export type Proven = { readonly outcome: "proven"; readonly index: number; readonly size: number };

const HEADER = "c2sp.org/tlog-proof@v1";
const PATH_HASHES_MAX = 63;

export function formatProof({ index, path, checkpoint }: Proof): string {
  return [HEADER, `index ${index}`, ...path.map((hash) => hash.toString("base64")), "", checkpoint.toString()].join(
    "\n",
  );
}

export function parseProof(text: string): Proof | undefined {
  const split = text.indexOf("\n\n");
  if (split < 0) return undefined;
  const [header, ...lines] = text.slice(0, split).split("\n");
  if (lines[0]?.startsWith("extra ") === true) lines.shift();
  const [, index] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "") ?? [];
  if (header !== HEADER || index === undefined || lines.length > PATH_HASHES_MAX) return undefined;
  const path = lines.map(fromBase64).filter((hash) => hash?.length === HASH_BYTES);
  if (path.length !== lines.length) return undefined;
  return {
    index: Number(index),
    path: path.filter((hash) => hash !== undefined),
    checkpoint: Buffer.from(text.slice(split + 2)),
  };
}

export function checkProof(text: string, entry: Uint8Array, verifier: Verifier): Proven | Refused {
  const proof = parseProof(text);
  if (proof === undefined) return refused("the proof is malformed");
  const checkpoint = openCheckpoint(proof.checkpoint, verifier);
  if (checkpoint.outcome === "refused") return checkpoint;
  const root = rootFromInclusion(leafHash(entry), proof.index, checkpoint.size, proof.path);
  if (root === undefined || !root.equals(checkpoint.root))
    return refused(`the entry is not entry ${proof.index} of the log of ${checkpoint.size} entries`);
  return { outcome: "proven", index: proof.index, size: checkpoint.size };
}
