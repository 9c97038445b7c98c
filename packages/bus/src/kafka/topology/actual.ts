import type { Admin } from "kafkajs";
import { typeOf } from "../refusals.ts";
import { ANY, OPERATIONS, PATTERNS, PERMISSIONS, RESOURCES, wordOf } from "./acl-codes.ts";
import type { Right, TopicShape } from "./wanted.ts";

export type ActualTopic = TopicShape & {
  /** The settings of the topic's own; the others are the broker's. */
  readonly own: Readonly<Record<string, string>>;
};

export type Actual = {
  readonly topics: readonly ActualTopic[];
  /** Undefined where the brokers have no authorizer: there everybody may do everything. */
  readonly rights: readonly Right[] | undefined;
};

/** How the brokers mark a setting that was made for the topic, and is not their default. */
const OF_THE_TOPIC = 1;

/** What stands on the brokers: the topics under the prefix, and every entry of the access control list. */
export async function actualTopology(admin: Admin, prefix: string): Promise<Actual> {
  const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
  const [topics, rights] = await Promise.all([readTopics(admin, names), readRights(admin)]);
  return { topics, rights };
}

/** @throws what kafkajs throws where one of them does not exist or may not be seen. */
export async function readTopics(admin: Admin, names: readonly string[]): Promise<readonly ActualTopic[]> {
  if (names.length === 0) return [];
  const [{ topics }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...names] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: RESOURCES.topic, name })),
    }),
  ]);
  return topics
    .map(({ name, partitions }) => {
      const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
      const record = (of: typeof entries): Readonly<Record<string, string>> =>
        Object.fromEntries(of.map(({ configName, configValue }) => [configName, configValue]));
      return {
        name,
        partitions: partitions.length,
        replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        configs: record(entries),
        own: record(entries.filter(({ configSource }) => configSource === OF_THE_TOPIC)),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function readRights(admin: Admin): Promise<readonly Right[] | undefined> {
  try {
    const { resources } = await admin.describeAcls({
      resourceType: ANY,
      resourcePatternType: ANY,
      operation: ANY,
      permissionType: ANY,
    });
    return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
      acls.map(({ principal, host, operation, permissionType }) => ({
        principal,
        host,
        resource: wordOf(RESOURCES, resourceType),
        name: resourceName,
        pattern: wordOf(PATTERNS, resourcePatternType),
        operation: wordOf(OPERATIONS, operation),
        permission: wordOf(PERMISSIONS, permissionType),
      })),
    );
  } catch (error) {
    if (typeOf(error) === "SECURITY_DISABLED") return undefined;
    throw error;
  }
}
