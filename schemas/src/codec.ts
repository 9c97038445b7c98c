import { loadVersions, UndecodableError, unwrap, wrap, type Version } from "./avro.ts";
import { eventHeaders } from "./cloud-event.ts";
import { opened, seal, type SigningKey } from "./dsse.ts";
import type { AuditEntry, Envelope, Header } from "./generated.ts";
import type { TrustedKeys } from "./keys.ts";
import { kindsOf, type Kind, type SignerName } from "./signing.ts";
import { DEAD_LETTER_BYTES_MAX, TOPICS, VALUE_BYTES_MAX, type Events, type Topic } from "./topics.ts";
import type { Cause } from "./trace.ts";

const SIGNATURE_HEADER = "holdfast-signature";
const HEADER_BYTES_MAX = 16 * 1024;

const versions = new Map<string, readonly Version[]>(
  [...TOPICS, "audit-entry"].map((subject) => [subject, loadVersions(subject)]),
);

function versionsOf(subject: string): readonly Version[] {
  return versions.get(subject) ?? [];
}

/** What goes onto a topic: the event's id, its exact bytes, and the headers with its signature. */
export type Message = { readonly id: string; readonly value: Buffer; readonly headers: readonly Header[] };

/** What came from a topic. The event exists only where it decoded and, on a signed topic, verified. */
export type Reading<T extends Topic> =
  | { readonly outcome: "valid"; readonly event: Events[T] }
  | { readonly outcome: "undecodable"; readonly why: string }
  | { readonly outcome: "unverified"; readonly why: string };

/** The one way onto and off every topic, with the keys of one service. */
export type Codec = {
  /** @throws TypeError when the event is not of its schema, Error when this service holds no key for it or it is too large. */
  readonly write: <T extends Topic>(topic: T, event: Events[T], cause?: Cause) => Message;
  readonly read: <T extends Topic>(topic: T, value: Buffer | null, headers: readonly Header[]) => Reading<T>;
  /** Verifies and decodes an envelope carried inside another record. */
  readonly open: <T extends Topic>(topic: T, envelope: Envelope) => Reading<T>;
};

export type CodecKeys = {
  readonly service: string;
  readonly trusted: TrustedKeys;
  readonly signing: Partial<Record<SignerName, SigningKey>>;
};

/** @throws UndecodableError */
export function decode<T extends Topic>(topic: T, value: Buffer): Events[T] {
  return unwrap(versionsOf(topic), value) as Events[T];
}

export function encode<T extends Topic>(topic: T, event: Events[T]): Buffer {
  const newest = versionsOf(topic).at(-1);
  if (newest === undefined) throw new Error(`no schema for ${topic}`);
  return wrap(newest, event);
}

export function openCodec({ service, trusted, signing }: CodecKeys): Codec {
  const open = <T extends Topic>(topic: T, envelope: Envelope): Reading<T> => {
    for (const kind of kindsOf(topic)) {
      const payload = opened(envelope, kind.payloadType, trusted[kind.signer]);
      if (payload !== undefined) return ofKind(kind, decoded(topic, payload));
    }
    return { outcome: "unverified", why: `no pinned key of ${signersOf(topic)} made this signature` };
  };
  return {
    open,
    read: (topic, value, headers) => {
      if (value === null) return { outcome: "undecodable", why: "the record has no value" };
      if (kindsOf(topic).length === 0) return decoded(topic, value);
      // Whoever handles records may park one, and holds no key: what is parked is believed by its bytes alone.
      const parked = topic === "dead-letters" ? decoded(topic, value) : undefined;
      if (parked !== undefined && (parked.outcome !== "valid" || isParked(parked.event))) return parked;
      const envelope = envelopeOf(value, headers);
      return envelope === undefined
        ? { outcome: "unverified", why: "the record carries no signature that can be read" }
        : open(topic, envelope);
    },
    write: (topic, event, cause) => {
      const value = encode(topic, event);
      const most = topic === "dead-letters" ? DEAD_LETTER_BYTES_MAX : VALUE_BYTES_MAX;
      if (value.length > most)
        throw new RangeError(
          `a record of ${topic} has ${value.length} bytes, more than the ${most} that a topic takes`,
        );
      return {
        id: event.id,
        value,
        headers: [...eventHeaders({ service, topic, event, value }, cause), ...signature(topic, event, value, signing)],
      };
    },
  };
}

/** The signed envelope of a record of a signed topic, as another record carries it. @returns undefined without a readable signature. */
export function envelopeOf(value: Buffer, headers: readonly Header[]): Envelope | undefined {
  const header = headers.find(({ name }) => name === SIGNATURE_HEADER);
  if (header === undefined || header.value.length > HEADER_BYTES_MAX) return undefined;
  const match = /^([\w./+-]{1,200}) ([\w:.-]{1,200}) ([A-Za-z0-9+/=]{1,200})$/.exec(header.value.toString("latin1"));
  const [, payloadType, keyid, sig] = match ?? [];
  if (payloadType === undefined || keyid === undefined || sig === undefined) return undefined;
  return { payloadType, payload: value, signatures: [{ keyid, sig: Buffer.from(sig, "base64") }] };
}

function decoded<T extends Topic>(topic: T, value: Buffer): Reading<T> {
  try {
    return { outcome: "valid", event: decode(topic, value) };
  } catch (cause) {
    if (cause instanceof UndecodableError) return { outcome: "undecodable", why: cause.message };
    throw cause;
  }
}

function isParked(event: Events[Topic]): boolean {
  return (event as Events["dead-letters"]).kind === "parked";
}

/** INVARIANT: a decision about a letter is read as the kind that was signed, and says of which letter, who and why. */
function ofLetter<T extends Topic>(kind: Kind, reading: Reading<T>): Reading<T> {
  if (reading.outcome !== "valid" || kind.letter === undefined) return reading;
  const event = reading.event as Events["dead-letters"];
  if (event.kind !== kind.letter)
    return { outcome: "unverified", why: `a ${event.kind} was signed as a ${kind.letter}` };
  if (event.letter !== null && event.person !== null && event.reason !== null) return reading;
  return { outcome: "unverified", why: `a ${kind.letter} does not say of which letter, who and why` };
}

/** INVARIANT: a record of approvals is read as the kind that its signer may sign, and carries that kind's member and no other. */
function ofKind<T extends Topic>(kind: Kind, reading: Reading<T>): Reading<T> {
  if (kind.letter !== undefined) return ofLetter(kind, reading);
  if (reading.outcome !== "valid" || kind.approval === undefined) return reading;
  const event = reading.event as Events["approvals"];
  if (event.kind !== kind.approval)
    return { outcome: "unverified", why: `a ${event.kind} was signed as a ${kind.approval}` };
  const carried = (["vote", "request", "closing"] as const).filter((member) => event[member] !== null);
  if (carried.length === 1 && carried[0] === kind.approval) return reading;
  return {
    outcome: "unverified",
    why: `a ${kind.approval} carries ${carried.length === 0 ? "nothing" : `a ${carried.join(" and a ")}`}`,
  };
}

function signersOf(topic: Topic): string {
  return [...new Set(kindsOf(topic).map(({ signer }) => signer))].join(" or ");
}

function signature<T extends Topic>(
  topic: T,
  event: Events[T],
  value: Buffer,
  signing: CodecKeys["signing"],
): readonly Header[] {
  const kinds = kindsOf(topic);
  if (kinds.length === 0 || (topic === "dead-letters" && isParked(event))) return [];
  const own = "kind" in event ? event.kind : undefined;
  const kind = kinds.find(({ approval, letter }) => (approval ?? letter) === own);
  const key = kind === undefined ? undefined : signing[kind.signer];
  if (kind === undefined || key === undefined)
    throw new Error(`this service holds no key that signs this record of ${topic}, so it may not write it`);
  const [made] = seal(kind.payloadType, value, key).signatures;
  return [
    {
      name: SIGNATURE_HEADER,
      value: Buffer.from(`${kind.payloadType} ${made?.keyid} ${made?.sig.toString("base64")}`),
    },
  ];
}

export function encodeEntry(entry: AuditEntry): Buffer {
  const newest = versionsOf("audit-entry").at(-1);
  if (newest === undefined) throw new Error("no schema for audit-entry");
  return wrap(newest, entry);
}

/** @throws UndecodableError */
export function decodeEntry(bytes: Buffer): AuditEntry {
  return unwrap(versionsOf("audit-entry"), bytes) as AuditEntry;
}
