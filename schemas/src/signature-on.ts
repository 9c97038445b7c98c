import { envelopeOf } from "./codec.ts";
import { digestOf } from "./digest.ts";
import { opened } from "./dsse.ts";
import type { Header } from "./generated.ts";
import type { TrustedKeys } from "./keys.ts";
import { kindsOf } from "./signing.ts";
import type { Topic } from "./topics.ts";

/** What can be said of the signature of a record as it lies on its topic, by these pinned keys. */
export type SignatureFound =
  | { readonly outcome: "verified"; readonly keyid: string }
  | { readonly outcome: "unverified" | "unsigned" };

/** @returns the key that made it, as it is named here: the `keyid` that a signature brings is nobody's word. */
export function signatureOn(
  trusted: TrustedKeys,
  topic: Topic,
  value: Buffer | null,
  headers: readonly Header[],
): SignatureFound {
  const envelope = value === null ? undefined : envelopeOf(value, headers);
  if (envelope === undefined) return { outcome: "unsigned" };
  for (const { payloadType, signer } of kindsOf(topic)) {
    const key = trusted[signer].find((one) => opened(envelope, payloadType, [one]) !== undefined);
    if (key === undefined) continue;
    const spki = key.export({ type: "spki", format: "der" });
    return { outcome: "verified", keyid: `${signer} ${digestOf(spki).slice(0, 16)}` };
  }
  return { outcome: "unverified" };
}
