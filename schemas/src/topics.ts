import type {
  Alert,
  Allowed,
  Analysis,
  Approval,
  Approved,
  DeadLetter,
  Denied,
  Drafted,
  Execution,
  Incident,
  Rejected,
} from "./generated.ts";

/** What each topic carries. A topic is spelled here and nowhere else; a prefix exists only inside the Kafka adapter. */
export type Events = {
  alerts: Alert;
  incidents: Incident;
  analyses: Analysis;
  "proposals.drafted": Drafted;
  "proposals.allowed": Allowed;
  "proposals.denied": Denied;
  approvals: Approval;
  "proposals.approved": Approved;
  "proposals.rejected": Rejected;
  executions: Execution;
  "dead-letters": DeadLetter;
};

export type Topic = keyof Events;

const DAYS: Readonly<Record<Topic, number>> = {
  alerts: 14,
  incidents: 90,
  analyses: 30,
  "proposals.drafted": 90,
  "proposals.allowed": 90,
  "proposals.denied": 90,
  approvals: 90,
  "proposals.approved": 90,
  "proposals.rejected": 90,
  executions: 90,
  "dead-letters": 90,
};

/** Every topic, in the order of the pipeline. */
export const TOPICS = Object.keys(DAYS) as readonly Topic[];

/** How long Kafka keeps a topic's records, in days, whoever has not read them yet: far longer than an incident is open, or audit away. */
export function retentionDays(topic: Topic): number {
  return DAYS[topic];
}

/** The same for every topic, so that one incident is in order everywhere. */
export const PARTITIONS = 6;

/** The largest value of a record; a dead letter may be larger by what wraps the record inside it. */
export const VALUE_BYTES_MAX = 960 * 1024;
export const DEAD_LETTER_BYTES_MAX = 1024 * 1024;

export function isTopic(name: string): name is Topic {
  return Object.hasOwn(DAYS, name);
}
