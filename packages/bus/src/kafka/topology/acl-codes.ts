/** The words of Kafka's access control lists, and the numbers that stand for them on the wire. */

export const RESOURCES = {
  topic: 2,
  group: 3,
  cluster: 4,
  "transactional-id": 5,
  "delegation-token": 6,
  user: 7,
};
export type Resource = keyof typeof RESOURCES;

export const PATTERNS = { literal: 3, prefixed: 4 };
export type Pattern = keyof typeof PATTERNS;

export const OPERATIONS = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
  CreateTokens: 13,
  DescribeTokens: 14,
  TwoPhaseCommit: 15,
};
export type Operation = keyof typeof OPERATIONS;

export const PERMISSIONS = { deny: 2, allow: 3 };
export type Permission = keyof typeof PERMISSIONS;

/** The client of Kafka can name these, and so create and remove them; what it cannot, Holdfast can only show. */
const NAMEABLE_RESOURCE_MAX = RESOURCES["delegation-token"];
const NAMEABLE_OPERATION_MAX = OPERATIONS.IdempotentWrite;

export function isNameable(resource: Resource, operation: Operation): boolean {
  return RESOURCES[resource] <= NAMEABLE_RESOURCE_MAX && OPERATIONS[operation] <= NAMEABLE_OPERATION_MAX;
}

/** Stands for every one of its kind in a question. */
export const ANY = 1;

/** @throws where the brokers use a number that this version has no word for: what we cannot read, we cannot compare. */
export function wordOf<W extends string>(words: Readonly<Record<W, number>>, code: number): W {
  for (const word in words) if (words[word] === code) return word;
  throw new Error(
    `The brokers' access control list holds a code that this version of Holdfast has no word for: ${code}.`,
  );
}
