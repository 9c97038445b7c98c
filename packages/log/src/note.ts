import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { fromBase64 } from "./base64.ts";
import { sha256 } from "./merkle.ts";

/** Signed notes with Ed25519 keys (C2SP signed-note). */

export type Signer = { readonly name: string; readonly vkey: string; readonly sign: (text: string) => string };
export type Verifier = { readonly name: string; readonly id: Buffer; readonly key: KeyObject };
export type Opened = { readonly outcome: "verified"; readonly text: string } | Refused;
export type Refused = { readonly outcome: "refused"; readonly because: string };

const ED25519 = 0x01;
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const NOTE_BYTES_MAX = 1_000_000;
const SIGNATURES_MAX = 100;

export function openSigner(name: string, privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey);
  const id = keyId(name, rawOf(publicKey));
  return {
    name,
    vkey: vkeyOf(name, publicKey),
    sign: (text) => {
      const signature = sign(null, Buffer.from(text), privateKey);
      return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
    },
  };
}

export function vkeyOf(name: string, publicKey: KeyObject): string {
  requireName(name);
  const raw = rawOf(publicKey);
  return `${name}+${keyId(name, raw).toString("hex")}+${Buffer.concat([Buffer.of(ED25519), raw]).toString("base64")}`;
}

export function parseVkey(text: string): Verifier {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  const [, name, id, encoded] = parts ?? [];
  const key = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || id === undefined || key === undefined)
    throw new TypeError("not a verifier key: expected <name>+<8 hex digits>+<base64>");
  if (key.length !== 33 || key[0] !== ED25519) throw new TypeError(`the verifier key of ${name} is not an Ed25519 key`);
  const publicKey = key.subarray(1);
  if (keyId(name, publicKey).toString("hex") !== id)
    throw new TypeError(`the verifier key of ${name} is damaged: its id does not fit its bytes`);
  return {
    name,
    id: Buffer.from(id, "hex"),
    key: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" }),
  };
}

/** Verified when the verifier's own signature is there and good; signatures of other keys are ignored. */
export function openNote(bytes: Uint8Array, verifier: Verifier): Opened {
  if (bytes.length > NOTE_BYTES_MAX) return refused(`the note has more than ${NOTE_BYTES_MAX} bytes`);
  const note = utf8(bytes);
  if (note === undefined) return refused("the note is not UTF-8 text without control characters");
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) return refused("the note has no signature lines");
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) return refused(`the note has more than ${SIGNATURES_MAX} signatures`);
  return checkSignatures(text, lines, verifier);
}

function checkSignatures(text: string, lines: readonly string[], verifier: Verifier): Opened {
  let good = false;
  for (const line of lines) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const signature = encoded === undefined ? undefined : fromBase64(encoded);
    if (name === undefined || signature === undefined || signature.length < 5)
      return refused("a signature line is malformed");
    if (name !== verifier.name || !signature.subarray(0, 4).equals(verifier.id)) continue;
    if (!verify(null, Buffer.from(text), verifier.key, signature.subarray(4)))
      return refused(`the signature of ${name} is wrong`);
    good = true;
  }
  return good
    ? { outcome: "verified", text }
    : refused(`the note is not signed by the key ${verifier.id.toString("hex")} of ${verifier.name}`);
}

export function refused(because: string): Refused {
  return { outcome: "refused", because };
}

function rawOf(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType !== "ed25519") throw new TypeError("the log signs with an Ed25519 key");
  return publicKey.export({ type: "spki", format: "der" }).subarray(SPKI_PREFIX.length);
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  return sha256(Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey).subarray(0, 4);
}

function requireName(name: string): void {
  if (!/^[^\s+]+$/u.test(name)) throw new TypeError(`not a key name: "${name}" (no spaces and no + may be in it)`);
}

function utf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  if (!Buffer.from(text).equals(bytes)) return undefined;
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  return /[\u0000-\u0009\u000b-\u001f\u007f]/u.test(text) ? undefined : text;
}
