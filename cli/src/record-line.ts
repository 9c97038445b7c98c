import type { Raw } from "@holdfast/bus";
import {
  decode,
  decodedEvent,
  iso,
  signatureOn,
  UndecodableError,
  type Header,
  type Topic,
  type TrustedKeys,
} from "@holdfast/schemas";

/** A record of any topic as a person reads it: what it says decoded, the signed bytes inside it too. */
export function recordLine(trusted: TrustedKeys, raw: Raw): object {
  const { topic, partition, offset, time, key, value, headers } = raw;
  return {
    topic,
    partition,
    offset,
    time: iso(time),
    key,
    headers: headers.map((header) => ({ name: header.name, value: header.value.toString() })),
    ...eventIn(trusted, topic, value, headers),
  };
}

type Told = {
  readonly id: string | null;
  readonly signature: string;
  readonly event: unknown;
  /** Only where there is no event. */
  readonly why?: string;
  readonly value?: string;
};

/** What a value says, and what its signature is worth. What does not decode stays as its bytes, in base64. */
export function eventIn(trusted: TrustedKeys, topic: Topic, value: Buffer | null, headers: readonly Header[]): Told {
  const signature = signatureSays(trusted, topic, value, headers);
  try {
    if (value === null) return { id: null, signature, event: null, why: "the record has no value" };
    const event = decode(topic, value);
    return { id: event.id, signature, event: decodedEvent(topic, event) };
  } catch (cause) {
    if (!(cause instanceof UndecodableError)) throw cause;
    return { id: null, signature, event: null, why: cause.message, value: value?.toString("base64") ?? "" };
  }
}

function signatureSays(trusted: TrustedKeys, topic: Topic, value: Buffer | null, headers: readonly Header[]): string {
  const found = signatureOn(trusted, topic, value, headers);
  switch (found.outcome) {
    case "verified":
      return `verified by ${found.keyid}`;
    case "unverified":
      return "no pinned key made this signature";
    case "unsigned":
      return "not signed";
  }
}
