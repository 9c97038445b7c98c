import type { Codec, Events, Topic } from "@holdfast/schemas";

/** Which event a recorded record is, and what it belongs to. */
export type Told =
  | {
      readonly outcome: "event";
      readonly id: string;
      readonly incident: string | null;
      readonly proposals: readonly string[];
      readonly alert: string | null;
    }
  | { readonly outcome: "no event"; readonly why: string };

export type Recorded = {
  readonly topic: Topic;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: Buffer }[];
};

/** What does not decode, or on a signed topic does not verify, is in the log and is no event. */
export function told({ topic, value, headers }: Recorded, codec: Codec): Told {
  try {
    const reading = codec.read(topic, value, headers);
    if (reading.outcome !== "valid") return { outcome: "no event", why: `${reading.outcome}: ${reading.why}` };
    return { outcome: "event", id: reading.event.id, ...belongs(topic, reading.event) };
  } catch (error) {
    // Whoever can write one strange record must not be able to stop the log.
    return { outcome: "no event", why: `unreadable: ${error instanceof Error ? error.name : "unknown"}` };
  }
}

type Belongs = Pick<Extract<Told, { readonly outcome: "event" }>, "incident" | "proposals" | "alert">;

/** An alert does not know its incident: the incident's own records name the alert. */
function belongs<T extends Topic>(topic: T, event: Events[T]): Belongs {
  const incident = "incident" in event ? event.incident : letterIncident(topic, event);
  const alert = "alert" in event ? event.alert : null;
  if ("proposal" in event) return { incident, proposals: [event.proposal], alert };
  return { incident, proposals: "proposals" in event ? event.proposals : [], alert };
}

/** The key of a record is its incident's id, except in alerts. */
function letterIncident(topic: Topic, event: Events[Topic]): string | null {
  return topic === "dead-letters" && "key" in event && event.topic !== "alerts" ? event.key.toString() : null;
}
