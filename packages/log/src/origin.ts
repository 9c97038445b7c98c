import { createPublicKey, type KeyObject } from "node:crypto";
import { sha256 } from "./merkle.ts";
import { openSigner, parseVkey, vkeyOf, type Signer, type Verifier } from "./note.ts";

/**
 * A log is named after its key: whoever pins the public key knows the name too, and a new key is a new log.
 * The name is an origin as C2SP wants it, a URL without schema; nothing needs to answer there.
 */
export function openLogSigner(privateKey: KeyObject): Signer {
  return openSigner(originOf(createPublicKey(privateKey)), privateKey);
}

/** The verifier key of the log, for any C2SP tool. */
export function logVkey(publicKey: KeyObject): string {
  return vkeyOf(originOf(publicKey), publicKey);
}

export function logVerifier(publicKey: KeyObject): Verifier {
  return parseVkey(logVkey(publicKey));
}

function originOf(publicKey: KeyObject): string {
  return `holdfast.dev/audit/${sha256(publicKey.export({ type: "spki", format: "der" }))
    .toString("hex")
    .slice(0, 16)}`;
}
