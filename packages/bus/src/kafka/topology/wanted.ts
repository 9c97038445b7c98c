import {
  DEAD_LETTER_BYTES_MAX,
  PARTITIONS,
  retentionDays,
  TOPICS,
  VALUE_BYTES_MAX,
  type Topic,
} from "@holdfast/schemas";
import { readsOf, type Role } from "../../role.ts";
import type { Names } from "../names.ts";
import type { Operation, Pattern, Permission, Resource } from "./acl-codes.ts";

/** A topic as it stands on the brokers, or as it should. */
export type TopicShape = {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly configs: Readonly<Record<string, string>>;
};

/** One entry of the brokers' access control list. */
export type Right = {
  readonly principal: string;
  readonly host: string;
  readonly resource: Resource;
  readonly name: string;
  readonly pattern: Pattern;
  readonly operation: Operation;
  readonly permission: Permission;
};

export type Topology = { readonly topics: readonly TopicShape[]; readonly rights: readonly Right[] };

/** What the brokers call the user of a service. */
export type UserOf = (service: string) => string;

/** Headers and framing of a batch that holds the largest value alone. */
const FRAMING_BYTES = 64 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What must stand on the brokers, made of the table of roles and of nothing else. */
export function wantedTopology(
  roles: readonly Role[],
  names: Names,
  replication: number,
  userOf: UserOf = (service) => service,
): Topology {
  return {
    topics: TOPICS.map((topic) => ({
      name: names.ofTopic(topic),
      partitions: PARTITIONS,
      replication,
      configs: configsOf(topic, minInSync(replication)),
    })),
    rights: roles.flatMap((role) => rightsOf(role, names, userOf(role.service))),
  };
}

/** How many replicas must have a record before it is acknowledged: two, where there are two. */
export function minInSync(replication: number): number {
  return Math.min(2, replication);
}

/**
 * What a writer compresses, every reader has to unpack: a megabyte of it could fill their memory, or be in a format that
 * they do not have, and nobody would read on. So the broker unpacks it, and refuses what is then too large.
 */
const COMPRESSION = "uncompressed";

function configsOf(topic: Topic, inSync: number): TopicShape["configs"] {
  const valueBytes = topic === "dead-letters" ? DEAD_LETTER_BYTES_MAX : VALUE_BYTES_MAX;
  return {
    "cleanup.policy": "delete",
    "compression.type": COMPRESSION,
    "max.message.bytes": String(valueBytes + FRAMING_BYTES),
    "message.timestamp.type": "LogAppendTime",
    "min.insync.replicas": String(inSync),
    "retention.bytes": "-1",
    "retention.ms": String(retentionDays(topic) * DAY_MS),
    "unclean.leader.election.enable": "false",
  };
}

/**
 * A view and a copy of a topic are read without a group, so only who consumes has a right on one. Read and Write bring
 * Describe along. Who neither reads nor writes dead letters may still count them: it is a gauge of
 * every service.
 */
function rightsOf(role: Role, names: Names, user: string): readonly Right[] {
  const { service, consumes, produces } = role;
  const reads = readsOf(role);
  const may = (
    resource: Resource,
    name: string,
    operation: Operation,
    pattern: Right["pattern"] = "literal",
  ): Right => ({
    principal: `User:${user}`,
    host: "*",
    resource,
    name,
    pattern,
    operation,
    permission: "allow",
  });
  const onTopics = TOPICS.flatMap((topic) => {
    const operations: Operation[] = [];
    if (reads.includes(topic)) operations.push("Read");
    if (produces.includes(topic)) operations.push("Write");
    if (operations.length > 0) operations.push("DescribeConfigs");
    else if (topic === "dead-letters") operations.push("Describe");
    return operations.map((operation) => may("topic", names.ofTopic(topic), operation));
  });
  return [...onTopics, ...(consumes.length > 0 ? [may("group", names.ofGroup(service), "Read")] : [])];
}
