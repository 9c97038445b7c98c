import { fromBase64 } from "./base64.ts";
import type { Tree } from "./merkle.ts";
import { openNote, refused, type Refused, type Signer, type Verifier } from "./note.ts";

/** Signed checkpoints (C2SP tlog-checkpoint): the origin is the name of the key. */

export type Checkpoint = Tree & { readonly outcome: "verified"; readonly origin: string };

export function signCheckpoint({ size, root }: Tree, signer: Signer): Buffer {
  return Buffer.from(signer.sign(`${signer.name}\n${size}\n${root.toString("base64")}\n`));
}

export function openCheckpoint(bytes: Uint8Array, verifier: Verifier): Checkpoint | Refused {
  const note = openNote(bytes, verifier);
  if (note.outcome === "refused") return note;
  const [, origin, size, encoded] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]+)\n$/.exec(note.text) ?? [];
  const root = encoded === undefined ? undefined : fromBase64(encoded);
  if (origin === undefined || root?.length !== 32 || !Number.isSafeInteger(Number(size)))
    return refused("the signed text is not a checkpoint");
  if (origin !== verifier.name) return refused(`the checkpoint is of the log ${origin}, not of ${verifier.name}`);
  return { outcome: "verified", origin, size: Number(size), root };
}
