import { sign, verify, type KeyObject } from "node:crypto";
import type { Envelope } from "./generated.ts";

const SIGNATURES_MAX = 16;

/** DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md); lengths are byte counts. */
export function pae(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}

/** A private Ed25519 key, and the name by which people know it. */
export type SigningKey = { readonly keyid: string; readonly key: KeyObject };

export function seal(payloadType: string, payload: Buffer, { keyid, key }: SigningKey): Envelope {
  return { payloadType, payload, signatures: [{ keyid, sig: sign(null, pae(payloadType, payload), key) }] };
}

/**
 * The bytes that were verified, or nothing. Parse only what this returns.
 * @param expected the receiver says which type it expects; the envelope's own word is only compared.
 * @param keys pinned for that type; `keyid` is never read.
 */
export function opened(envelope: Envelope, expected: string, keys: readonly KeyObject[]): Buffer | undefined {
  if (envelope.payloadType !== expected || envelope.signatures.length > SIGNATURES_MAX) return undefined;
  const signed = pae(expected, envelope.payload);
  const valid = envelope.signatures.some(({ sig }) => keys.some((key) => verify(null, signed, key, sig)));
  return valid ? envelope.payload : undefined;
}
