import type { Admin, Kafka } from "kafkajs";
import { PARTITIONS, TOPICS } from "@holdfast/schemas";
import { readsOf, type Role } from "../../role.ts";
import { connectTo, openCluster } from "../cluster.ts";
import type { Names } from "../names.ts";
import { typeOf } from "../refusals.ts";
import { readTopics, type ActualTopic } from "./actual.ts";
import { openProbes, type Probes } from "./probes.ts";
import { minInSync } from "./wanted.ts";

export type Checked = {
  /** What a service cannot work without and does not have: one sentence, or undefined where all is there. */
  readonly lacks: string | undefined;
  /** What its credential may beyond its role: one sentence, or undefined. */
  readonly exceeds: string | undefined;
};

/**
 * Tries every right of a role on the brokers, and every one that it must not have, and looks at its topics. Nothing is written.
 * @throws what kafkajs throws where the brokers cannot be asked.
 */
export async function checkTopology(
  client: Kafka,
  names: Names,
  role: Role,
  others: readonly string[],
): Promise<Checked> {
  const cluster = openCluster(client);
  const admin = client.admin();
  try {
    await connectTo(cluster, []);
    await cluster.refreshMetadata();
    const rights = await tried(await openProbes(cluster), rightsAround(names, role, others));
    const exceeds = exceededBy(role.service, rights);
    const refused = sentenceOf(
      role.service,
      "may not",
      rights.filter(({ needed, may }) => needed && !may),
    );
    if (refused !== undefined) return { lacks: `${refused} on these brokers. ${APPLY}`, exceeds };
    await admin.connect();
    const wrong = await wrongTopic(admin, names, role);
    return { lacks: wrong, exceeds };
  } finally {
    await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
  }
}

const APPLY = "Run `holdfast topics apply` with the operator's credential.";
const MEND = "Run `holdfast topics apply --mend` with the operator's credential.";
const HOLE = "on these brokers, and does not need it: `holdfast topics plan` shows where that comes from.";
const OWN_USER = "Its own user may only do its part; docs/kafka.md says how to make one.";

type Right = { readonly verb: "read" | "write" | "join the group"; readonly on: string; readonly needed: boolean };
type Tried = Right & { readonly may: boolean };

/** One after the other: asked all at once, kafkajs opens connections that it never closes. */
async function tried(probes: Probes, rights: readonly Right[]): Promise<readonly Tried[]> {
  const probeOf = { read: probes.mayRead, write: probes.mayWrite, "join the group": probes.mayJoin };
  const done: Tried[] = [];
  for (const right of rights) done.push({ ...right, may: await probeOf[right.verb](right.on) });
  return done;
}

/** What a role needs and what it must not have: every topic both ways, and every service's group. */
function rightsAround(names: Names, role: Role, others: readonly string[]): readonly Right[] {
  const reads = readsOf(role);
  const onTopics = TOPICS.flatMap((topic): readonly Right[] => {
    const on = names.ofTopic(topic);
    return [
      { verb: "write", on, needed: role.produces.includes(topic) },
      { verb: "read", on, needed: reads.includes(topic) },
    ];
  });
  const onGroups = [role.service, ...others].map((service): Right => ({
    verb: "join the group",
    on: names.ofGroup(service),
    needed: service === role.service && role.consumes.length > 0,
  }));
  return [...onTopics, ...onGroups];
}

function exceededBy(service: string, rights: readonly Tried[]): string | undefined {
  if (rights.every(({ may }) => may))
    return `These brokers let ${service} do everything: they enforce no rights, or it logs in as an administrator. ${OWN_USER}`;
  const more = sentenceOf(
    service,
    "may",
    rights.filter(({ needed, may }) => !needed && may),
  );
  return more && `${more} ${HOLE}`;
}

/** `triage may not write a, b and may not read c`. */
function sentenceOf(service: string, may: string, rights: readonly Tried[]): string | undefined {
  if (rights.length === 0) return undefined;
  const verbs = [...new Set(rights.map(({ verb }) => verb))];
  const clauses = verbs.map((verb) => {
    const on = rights.filter((right) => right.verb === verb).map((right) => right.on);
    return `${may} ${verb} ${on.join(", ")}`;
  });
  return `${service} ${clauses.join(", and ")}`;
}

/** The first topic of the role that is not as it must be, in a sentence. */
async function wrongTopic(admin: Admin, names: Names, role: Role): Promise<string | undefined> {
  const touched = TOPICS.filter((topic) => readsOf(role).includes(topic) || role.produces.includes(topic));
  const answers = await Promise.all(touched.map((topic) => lookedAt(admin, names.ofTopic(topic), role.service)));
  return answers.find((answer) => answer !== undefined);
}

async function lookedAt(admin: Admin, name: string, service: string): Promise<string | undefined> {
  try {
    const [topic] = await readTopics(admin, [name]);
    return topic === undefined ? undefined : wrongIn(topic);
  } catch (error) {
    switch (typeOf(error)) {
      case "UNKNOWN_TOPIC_OR_PARTITION":
        return `The topic ${name} is not on these brokers. ${APPLY}`;
      case "TOPIC_AUTHORIZATION_FAILED":
        return `${service} may not see the settings of ${name} on these brokers. ${APPLY}`;
      default:
        throw error;
    }
  }
}

/** What a topic must be for the promise to hold on it; the rest of its settings is `topics plan`'s affair. */
function wrongIn({ name, partitions, replication, configs }: ActualTopic): string | undefined {
  const inSync = Number(configs["min.insync.replicas"]);
  if (partitions !== PARTITIONS)
    return `The topic ${name} has ${partitions} partitions and not ${PARTITIONS}, so one incident would not stay in order. That number cannot be changed under records: give Holdfast another prefix, or delete the topic if nothing needs it.`;
  if (configs["message.timestamp.type"] !== "LogAppendTime")
    return `The topic ${name} takes its times from who writes, so a vote could be back-dated: message.timestamp.type must be LogAppendTime. ${MEND}`;
  if (configs["cleanup.policy"] !== "delete")
    return `The topic ${name} is compacted, so records that audit must have could vanish: cleanup.policy must be delete. ${MEND}`;
  if (configs["compression.type"] !== "uncompressed")
    return `The topic ${name} keeps what writers compress, so one record that nobody can unpack would stop every reader: compression.type must be uncompressed. ${MEND}`;
  if (!(inSync >= minInSync(replication)))
    return `The topic ${name} acknowledges a record that ${inSync} of ${replication} replicas have, so an acknowledged one could be lost: min.insync.replicas must be ${minInSync(replication)}. ${MEND}`;
  return undefined;
}
