import type { Admin } from "kafkajs";
import { PARTITIONS } from "@holdfast/schemas";
import { OPERATIONS, PATTERNS, PERMISSIONS, RESOURCES } from "./acl-codes.ts";
import type { Actual, ActualTopic } from "./actual.ts";
import type { Difference } from "./difference.ts";
import { untilThere } from "./there.ts";
import type { Right } from "./wanted.ts";

export type Consent = {
  /** Settings of topics that stand are changed. */
  readonly mend: boolean;
  /** Rights that no service needs are taken away. */
  readonly removeExtra: boolean;
};

/** What `apply` does about a difference with this consent; undefined where it leaves it. No record is ever deleted. */
export function remedyOf(
  difference: Difference,
  { mend, removeExtra }: Consent,
): "create" | "mend" | "remove" | undefined {
  switch (difference.kind) {
    case "topic-missing":
    case "right-missing":
      return "create";
    case "setting":
      return mend ? "mend" : undefined;
    case "right-extra":
      return removeExtra && difference.isRemovable ? "remove" : undefined;
    case "partitions":
    case "replication":
    case "topic-unknown":
      return undefined;
  }
}

/** Carries out the remedies. Each is right to do again, so one that fails in the middle is finished by the next call. */
export async function applyTopology(
  admin: Admin,
  differences: readonly Difference[],
  actual: Actual,
  consent: Consent,
): Promise<void> {
  const remedied = differences.filter((difference) => remedyOf(difference, consent) !== undefined);
  const missing = remedied.flatMap((each) => (each.kind === "topic-missing" ? [each.topic] : []));
  if (missing.length > 0) {
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map(({ name, partitions, replication, configs }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
    });
    await untilThere(
      admin,
      missing.map(({ name }) => name),
      PARTITIONS,
    );
  }
  await setConfigs(admin, remedied, actual.topics);
  const rights = remedied.flatMap((each) => (each.kind === "right-missing" ? [each.right] : []));
  if (rights.length > 0) await admin.createAcls({ acl: rights.map(entryOf) });
  const extra = remedied.flatMap((each) => (each.kind === "right-extra" ? [each.right] : []));
  if (extra.length > 0) await admin.deleteAcls({ filters: extra.map(entryOf) });
}

/**
 * The call replaces all that was set for a topic, and what it does not name falls back to the brokers' default: so it is
 * given what somebody else set there too.
 */
async function setConfigs(
  admin: Admin,
  remedied: readonly Difference[],
  actual: readonly ActualTopic[],
): Promise<void> {
  const settings = remedied.filter((each) => each.kind === "setting");
  const names = new Set(settings.map(({ topic }) => topic));
  if (names.size === 0) return;
  const resources = [...names].map((name) => {
    const own = actual.find((topic) => topic.name === name)?.own ?? {};
    const mended = settings.filter(({ topic }) => topic === name).map((each) => [each.name, each.want] as const);
    const entries = Object.entries({ ...own, ...Object.fromEntries(mended) });
    return { type: RESOURCES.topic, name, configEntries: entries.map(([key, value]) => ({ name: key, value })) };
  });
  await admin.alterConfigs({ validateOnly: false, resources });
}

export function entryOf({
  principal,
  host,
  resource,
  name,
  pattern,
  operation,
  permission,
}: Right): Parameters<Admin["createAcls"]>[0]["acl"][number] {
  return {
    principal,
    host,
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType: PATTERNS[pattern],
    operation: OPERATIONS[operation],
    permissionType: PERMISSIONS[permission],
  };
}
