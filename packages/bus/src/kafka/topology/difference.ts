import { isNameable, type Operation } from "./acl-codes.ts";
import type { Actual, ActualTopic } from "./actual.ts";
import type { Right, Topology, TopicShape } from "./wanted.ts";

/** One way in which the brokers are not as they should be. */
export type Difference =
  | { readonly kind: "topic-missing"; readonly topic: TopicShape }
  | {
      readonly kind: "setting";
      readonly topic: string;
      readonly name: string;
      readonly have: string | undefined;
      readonly want: string;
    }
  /** Cannot be changed where records are: another number would tear an incident's records apart. */
  | { readonly kind: "partitions"; readonly topic: string; readonly have: number; readonly want: number }
  | { readonly kind: "replication"; readonly topic: string; readonly have: number; readonly want: number }
  /** Under our prefix, and none of ours. */
  | { readonly kind: "topic-unknown"; readonly topic: string }
  | { readonly kind: "right-missing"; readonly right: Right }
  /** What no service needs and somebody may, or what a service needs and is denied. */
  | {
      readonly kind: "right-extra";
      readonly right: Right;
      /** False for a right of somebody else that reaches beyond Holdfast's topics and groups: others may live on it. */
      readonly isRemovable: boolean;
    };

type Of = {
  readonly wanted: Topology;
  readonly actual: Actual;
  readonly prefix: string;
  /** Who runs the brokers, as `User:name`: what it may is its own affair. */
  readonly operator: string | undefined;
};

/** Everything that differs, in the order in which a person would mend it. Nothing differs: an empty list. */
export function differencesOf({ wanted, actual, prefix, operator }: Of): readonly Difference[] {
  const names = wanted.topics.map(({ name }) => name);
  const unknown = actual.topics.filter(({ name }) => !names.includes(name));
  return [
    ...wanted.topics.flatMap((topic) => ofTopic(topic, actual.topics)),
    ...unknown.map(({ name }): Difference => ({ kind: "topic-unknown", topic: name })),
    ...(actual.rights === undefined ? [] : ofRights(wanted.rights, actual.rights, prefix, operator)),
  ];
}

function ofTopic(want: TopicShape, topics: readonly ActualTopic[]): readonly Difference[] {
  const have = topics.find(({ name }) => name === want.name);
  if (have === undefined) return [{ kind: "topic-missing", topic: want }];
  const numbers = (["partitions", "replication"] as const).flatMap((kind): readonly Difference[] =>
    have[kind] === want[kind] ? [] : [{ kind, topic: want.name, have: have[kind], want: want[kind] }],
  );
  const settings = Object.entries(want.configs).flatMap(([name, value]): readonly Difference[] =>
    isRight(name, have.configs[name], value)
      ? []
      : [{ kind: "setting", topic: want.name, name, have: have.configs[name], want: value }],
  );
  return [...numbers, ...settings];
}

/** Retention is a floor: whoever keeps records for longer loses none, and to shorten it would delete. */
function isRight(name: string, have: string | undefined, want: string): boolean {
  if (name !== "retention.ms") return have === want;
  return have === "-1" || Number(have) >= Number(want);
}

function ofRights(
  wanted: readonly Right[],
  actual: readonly Right[],
  prefix: string,
  operator: string | undefined,
): readonly Difference[] {
  const users = new Set(wanted.map(({ principal }) => principal));
  const missing = wanted.filter((right) => !actual.some((other) => isSame(right, other)));
  const extra = actual.flatMap((right): readonly Difference[] => {
    const isOfOurs = users.has(right.principal) || isWithin(right, prefix);
    if (right.principal === operator || !(isOfOurs || coversAny(right, prefix))) return [];
    if (wanted.some((need) => isSame(need, right) || brings(need, right))) return [];
    return [{ kind: "right-extra", right, isRemovable: isOfOurs && isNameable(right.resource, right.operation) }];
  });
  return [...missing.map((right): Difference => ({ kind: "right-missing", right })), ...extra];
}

function isSame(a: Right, b: Right): boolean {
  return isOnSame(a, b) && a.operation === b.operation;
}

/** Read and Write bring Describe along, so that an entry for it adds nothing. */
function brings(need: Right, right: Right): boolean {
  return isOnSame(need, right) && right.operation === "Describe" && ["Read", "Write"].includes(need.operation);
}

function isOnSame(a: Right, b: Right): boolean {
  const on = ["principal", "host", "resource", "name", "pattern", "permission"] as const;
  return on.every((part) => a[part] === b[part]);
}

function isWithin({ resource, name }: Right, prefix: string): boolean {
  return (resource === "topic" || resource === "group") && name.startsWith(prefix);
}

/** What harms nobody on the cluster: to look, and what older brokers ask of a producer. */
const HARMLESS: ReadonlySet<Operation> = new Set(["Describe", "DescribeConfigs", "IdempotentWrite"]);

/** A pattern over more than our names that has ours among them, or what everybody may on the cluster: our users are of them. */
function coversAny({ principal, resource, name, pattern, operation, permission }: Right, prefix: string): boolean {
  if (resource === "cluster") return principal === "User:*" && permission === "allow" && !HARMLESS.has(operation);
  if (resource !== "topic" && resource !== "group") return false;
  return pattern === "literal" ? name === "*" : prefix.startsWith(name);
}
