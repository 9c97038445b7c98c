import { readdirSync, readFileSync } from "node:fs";
import { encode, openCodec, type Codec } from "./codec.ts";
import { newKeyPair, publicKeys, signingKey, type TrustedKeys } from "./keys.ts";
import { SIGNER_NAMES, type SignerName } from "./signing.ts";
import type { Envelope } from "./generated.ts";
import type { SigningKey } from "./dsse.ts";
import { envelopeOf } from "./codec.ts";
import type { Events, Topic } from "./topics.ts";

/** For tests of every workspace: the fixtures as events, and keys that nobody else holds. */

const root = new URL("../", import.meta.url);

/** Names of the fixtures of a topic, without `.json`. */
export function fixtureNames(topic: Topic, kind: "valid" | "invalid"): readonly string[] {
  return readdirSync(new URL(`${topic}/${kind}/`, root)).map((file) => file.replace(/\.json$/, ""));
}

/** A fixture as it stands in its file: bytes are written `{"$text": …}` or `{"$base64": …}`. */
export function readFixture(topic: Topic, kind: "valid" | "invalid", name: string): unknown {
  return revived(JSON.parse(readFileSync(new URL(`${topic}/${kind}/${name}.json`, root), "utf8")));
}

/** A valid fixture as an event, with some of its fields replaced. */
export function sample<T extends Topic>(topic: T, name: string, changed: Partial<Events[T]> = {}): Events[T] {
  const event = { ...(readFixture(topic, "valid", name) as Events[T]), ...changed };
  encode(topic, event); // a test never runs on what no topic would carry
  return event;
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  const [[name, text] = ["", undefined]] = Object.entries(value);
  if (name === "$text" && typeof text === "string") return Buffer.from(text);
  if (name === "$base64" && typeof text === "string") return Buffer.from(text, "base64");
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revived(member)]));
}

export type TestKeys = { readonly signing: Readonly<Record<SignerName, SigningKey>>; readonly trusted: TrustedKeys };

/** Fresh keys of every signer, each trusted for its own kinds. */
export function testKeys(): TestKeys {
  const pairs = SIGNER_NAMES.map((name) => [name, newKeyPair()] as const);
  return {
    signing: Object.fromEntries(pairs.map(([name, { privatePem }]) => [name, signingKey(name, privatePem)])) as Record<
      SignerName,
      SigningKey
    >,
    trusted: Object.fromEntries(
      pairs.map(([name, { publicPem }]) => [name, publicKeys(name, publicPem)]),
    ) as TrustedKeys,
  };
}

/** A codec that holds every key: what all services together could write. */
export function testCodec(keys: TestKeys = testKeys()): Codec {
  return openCodec({ service: "test", trusted: keys.trusted, signing: keys.signing });
}

/** The event as it is signed and carried inside another record. */
export function sealedEnvelope<T extends Topic>(codec: Codec, topic: T, event: Events[T]): Envelope {
  const { value, headers } = codec.write(topic, event);
  const envelope = envelopeOf(value, headers);
  if (envelope === undefined) throw new Error(`${topic} is not a signed topic`);
  return envelope;
}
