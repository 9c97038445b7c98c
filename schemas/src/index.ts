export * from "./generated.ts";
export { UndecodableError } from "./avro.ts";
export { openBundle, type Bundle, type BundledVote, type OpenedBundle } from "./bundle.ts";
export {
  decode,
  decodeEntry,
  encode,
  encodeEntry,
  envelopeOf,
  openCodec,
  type Codec,
  type CodecKeys,
  type Message,
  type Reading,
} from "./codec.ts";
export { decodedEvent } from "./decoded.ts";
export { signatureOn, type SignatureFound } from "./signature-on.ts";
export { schemasDigest } from "./contract.ts";
export { digestOf, sha256, shortCode } from "./digest.ts";
export { opened, pae, seal, type SigningKey } from "./dsse.ts";
export { alertId, incidentId, stepId } from "./ids.ts";
export { newKeyPair, publicKeys, rawPublicKey, signingKey, trustedKeys, type TrustedKeys } from "./keys.ts";
export { iso, span } from "./moment.ts";
export { KINDS, kindsOf, SIGNER_NAMES, type Kind, type SignerName } from "./signing.ts";
export {
  DEAD_LETTER_BYTES_MAX,
  isTopic,
  PARTITIONS,
  retentionDays,
  TOPICS,
  VALUE_BYTES_MAX,
  type Events,
  type Topic,
} from "./topics.ts";
export { askedBy, traceOf, traceparent, type Cause } from "./trace.ts";
export { backOutWord, nameValues, recordOf, tierSymbol, tierWord, type BackOutWord, type TierWord } from "./words.ts";
export { visible, visibleJson, visibleLine } from "./visible.ts";
