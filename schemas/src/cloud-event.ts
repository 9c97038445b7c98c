import type { Header } from "./generated.ts";
import type { Events, Topic } from "./topics.ts";
import { traceparent, type Cause } from "./trace.ts";

type Of<T extends Topic> = {
  readonly service: string;
  readonly topic: T;
  readonly event: Events[T];
  readonly value: Buffer;
};

/**
 * CloudEvents 1.0, Kafka binding, binary mode, and W3C's traceparent. Headers are not signed: they help people and tools to
 * find their way, and nothing is decided by them.
 */
export function eventHeaders<T extends Topic>(
  { service, topic, event, value }: Of<T>,
  cause: Cause | undefined,
): readonly Header[] {
  const headers = {
    ce_specversion: "1.0",
    ce_id: event.id,
    ce_source: `holdfast/${service}`,
    ce_type: `dev.holdfast.${topic}.v1`,
    ce_time: timeOf(event),
    ce_subject: subjectOf(event),
    ce_correlationid: "incident" in event ? event.incident : undefined,
    ce_causationid: cause?.event?.id,
    ce_dataschema: `urn:holdfast:avro:${value.subarray(2, 10).toString("hex")}`,
    "content-type": "application/avro",
    traceparent: traceparent(cause),
  };
  return Object.entries(headers).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, value: Buffer.from(text) }],
  );
}

/** RFC 3339; nothing where the writer's clock says a time that no calendar has. */
function timeOf(event: Events[Topic]): string | undefined {
  const time = new Date(happenedAt(event));
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 ? undefined : time.toISOString();
}

function happenedAt(event: Events[Topic]): number {
  if ("at" in event) return event.at;
  if ("verdictAt" in event) return event.verdictAt;
  return "receivedAt" in event ? event.receivedAt : event.firstFailedAt;
}

/** What the event is about: a proposal, else an incident; before there is one, the alert; or the record that was parked. */
function subjectOf(event: Events[Topic]): string {
  if ("proposal" in event) return event.proposal;
  if ("incident" in event) return event.incident;
  return "fingerprint" in event ? event.fingerprint : `${event.topic}/${event.partition}/${event.offset}`;
}
