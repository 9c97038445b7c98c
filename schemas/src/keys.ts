import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { digestOf } from "./digest.ts";
import type { SigningKey } from "./dsse.ts";
import { SIGNER_NAMES, type SignerName } from "./signing.ts";

/** The public keys that a service pins, for each signer one or, while rotating, several. */
export type TrustedKeys = Readonly<Record<SignerName, readonly KeyObject[]>>;

/** PEM texts of a new Ed25519 key pair. */
export function newKeyPair(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** @throws with a sentence when the text is no Ed25519 private key. The text itself is never quoted. */
export function signingKey(signer: string, privatePem: string): SigningKey {
  const key = ed25519(() => createPrivateKey(privatePem), `the private key of ${signer}`);
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return { keyid: `${signer}:${digestOf(spki).slice(0, 16)}`, key };
}

/** Every Ed25519 public key in a PEM text, in order: several while a key is being rotated. */
export function publicKeys(signer: string, pems: string): readonly KeyObject[] {
  const blocks = pems.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0)
    throw new Error(`no public key of ${signer} was found: put a PEM public key into ${signer}.pub`);
  return blocks.map((pem) => ed25519(() => createPublicKey(pem), `the public key of ${signer}`));
}

/** The 32 raw bytes of an Ed25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-32);
}

/** @param pemOf the text of `<signer>.pub`, or undefined where there is none: then nothing of that signer verifies. */
export function trustedKeys(pemOf: (signer: SignerName) => string | undefined): TrustedKeys {
  const entries = SIGNER_NAMES.map((signer) => {
    const pem = pemOf(signer);
    return [signer, pem === undefined ? [] : publicKeys(signer, pem)] as const;
  });
  return Object.fromEntries(entries) as TrustedKeys;
}

function ed25519(parse: () => KeyObject, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw new Error(`${what} cannot be read: it must be a PEM text of an Ed25519 key`, { cause });
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`${what} is of type ${key.asymmetricKeyType}: it must be Ed25519`);
  return key;
}
