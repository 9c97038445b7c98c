import { Partitioners, type Kafka } from "kafkajs";
import { TOPICS, type Topic } from "@holdfast/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { secureBrokerForTests } from "../../../../tests/kafka/secure.ts";
import { ROLES } from "../../../wiring/src/roles.ts";
import type { Role } from "../role.ts";
import { openClient, type Connection } from "./client.ts";
import { connectTo, openCluster } from "./cluster.ts";
import { namesWith } from "./names.ts";
import { typeOf } from "./refusals.ts";
import { checkTopology, openTopology, type Difference, type TopologyDesk } from "./topology.ts";
import { entryOf } from "./topology/apply.ts";
import { refusalOf } from "./topology/refusal.ts";
import type { Right } from "./topology/wanted.ts";

/** Who may do what, tried on a real broker with its own authorizer: R reads, W writes, + joins the group. */
const MATRIX = `
                     intake    triage    policy    approval  executor  audit
alerts               W         R         -         R         -         R
incidents            -         RW        R         R         -         R
analyses             -         RW        -         R         -         R
proposals.drafted    -         RW        R         R         -         R
proposals.allowed    -         -         RW        R         -         R
proposals.denied     -         -         RW        R         -         R
approvals            -         -         RW        RW        -         R
proposals.approved   -         -         RW        R         R         R
proposals.rejected   -         -         RW        R         -         R
executions           -         R         R         R         W         R
dead-letters         -         RW        RW        RW        W         R
group intake         -         -         -         -         -         -
group triage         -         +         -         -         -         -
group policy         -         -         +         -         -         -
group approval       -         -         -         +         -         -
group executor       -         -         -         -         +         -
group audit          -         -         -         -         -         -
group of others      -         -         -         -         -         -
`;

const PREFIX = "holdfast.";
const names = namesWith(PREFIX);
const roles = Object.values(ROLES);
const services = roles.map(({ service }) => service);
const GROUPS = [...services, "of others"];
const KEEP = { mend: false, removeExtra: false } as const;
const NO_RETRY = { retries: 0 } as const;

const secure = await secureBrokerForTests([...services, "stranger"]);
const connectionOf = (user: string, password = secure?.password(user) ?? ""): Connection => ({
  brokers: [secure?.broker ?? ""],
  clientId: "test",
  user: { name: user, password },
});
const clientOf = (user: string): Kafka => openClient(connectionOf(user));
const check = (role: Role, user: string = role.service): ReturnType<typeof checkTopology> =>
  checkTopology(
    clientOf(user),
    names,
    role,
    services.filter((service) => service !== role.service),
  );

async function mayWrite(client: Kafka, topic: Topic): Promise<boolean> {
  const producer = client.producer({
    retry: NO_RETRY,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    const messages = [{ partition: 0, key: "k", value: `of ${topic}` }];
    const [answer] = await producer.send({ topic: names.ofTopic(topic), acks: -1, messages });
    return answer?.errorCode === 0;
  } catch (error) {
    if (typeOf(error) === "TOPIC_AUTHORIZATION_FAILED") return false;
    throw error;
  } finally {
    await producer.disconnect();
  }
}

/** Reads as a view does, from the first record on: it has read only when the record that stands there came. */
async function mayRead(client: Kafka, topic: Topic): Promise<boolean> {
  const cluster = openCluster(client);
  try {
    await connectTo(cluster, []);
    await cluster.refreshMetadata();
    const broker = await cluster.findControllerBroker();
    const answer: unknown = await broker.fetch({
      maxWaitTime: 100,
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [{ topic: names.ofTopic(topic), partitions: [{ partition: 0, fetchOffset: "0", maxBytes: 1_000_000 }] }],
    });
    if (!JSON.stringify(answer).includes(JSON.stringify(Buffer.from(`of ${topic}`))))
      throw new Error(`nothing came of ${topic}`);
    return true;
  } catch (error) {
    if (typeOf(error) === "TOPIC_AUTHORIZATION_FAILED") return false;
    throw error;
  } finally {
    await cluster.disconnect();
  }
}

/** Joins for real, with a topic that everybody may see. */
async function mayJoin(client: Kafka, group: string): Promise<boolean> {
  const consumer = client.consumer({
    groupId: names.ofGroup(group),
    allowAutoTopicCreation: false,
    retry: { retries: 8, restartOnFailure: async () => false },
  });
  const ended = Promise.withResolvers<boolean>();
  consumer.on("consumer.group_join", () => ended.resolve(true));
  consumer.on("consumer.crash", ({ payload: { error } }) => {
    if (error.name === "KafkaJSGroupCoordinatorNotFound") ended.resolve(false);
    else ended.reject(error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [names.ofTopic("dead-letters")], fromBeginning: true });
    await consumer.run({ eachMessage: async () => undefined });
    return await ended.promise;
  } finally {
    await consumer.disconnect();
  }
}

/** A broker makes room for groups when it meets the first one, and takes none meanwhile. */
async function untilGroupsAreTaken(client: Kafka): Promise<void> {
  for (let left = 20; left > 0; left--) if (await mayJoin(client, "of the operator").catch(() => false)) return;
  throw new Error("the broker takes no groups");
}

async function columnOf(service: string): Promise<readonly string[]> {
  const client = clientOf(service);
  const column: string[] = [];
  for (const topic of TOPICS) {
    const letters = `${(await mayRead(client, topic)) ? "R" : ""}${(await mayWrite(client, topic)) ? "W" : ""}`;
    column.push(letters === "" ? "-" : letters);
  }
  for (const group of GROUPS) column.push((await mayJoin(client, group)) ? "+" : "-");
  return column;
}

async function matrix(): Promise<string> {
  const columns = await Promise.all(services.map(columnOf));
  const heads = ["", ...TOPICS, ...GROUPS.map((group) => `group ${group}`)];
  const all = columns.map((column, at) => [services[at] ?? "", ...column]);
  const lines = heads.map((head, row) =>
    [head.padEnd(21), ...all.map((column) => (column[row] ?? "").padEnd(10))].join("").trimEnd(),
  );
  return `\n${lines.join("\n")}\n`;
}

describe.runIf(secure !== undefined)("topics and rights on a real broker", { timeout: 60_000 }, () => {
  let desk: TopologyDesk;
  const differences = async (): Promise<readonly Difference[]> => (await desk.compare()).differences;
  const admin = openClient(connectionOf("admin")).admin();
  const right = (user: string, topic: Topic, operation: Right["operation"]): Right => ({
    principal: `User:${user}`,
    host: "*",
    resource: "topic",
    name: names.ofTopic(topic),
    pattern: "literal",
    operation,
    permission: "allow",
  });

  beforeAll(async () => {
    desk = await openTopology({ connection: connectionOf("admin"), prefix: PREFIX, replication: 1, roles });
    await admin.connect();
    await desk.apply(await desk.compare(), KEEP);
    for (const topic of TOPICS) await mayWrite(clientOf("admin"), topic);
    await untilGroupsAreTaken(clientOf("admin"));
  }, 60_000);
  afterAll(async () => {
    await admin.disconnect();
    await desk[Symbol.asyncDispose]();
    await secure?.[Symbol.asyncDispose]();
  });

  test("after apply nothing differs, and no service lacks or exceeds a right", async () => {
    expect(await differences()).toEqual([]);
    for (const role of roles) expect(await check(role)).toEqual({ lacks: undefined, exceeds: undefined });
  });

  test("every user, every topic, read and write, and every group: allowed and refused as the table says", async () => {
    expect(await matrix()).toBe(MATRIX);
  });

  test("one right too many shows in the matrix, in the plan and at the start of the service, until it is removed", async () => {
    const extra = right("triage", "proposals.approved", "Write");
    await admin.createAcls({ acl: [entryOf(extra)] });
    await expect.poll(() => mayWrite(clientOf("triage"), "proposals.approved")).toBe(true);
    expect(await matrix()).toBe(MATRIX.replace(/^(proposals.approved +- +)- /m, "$1W "));
    expect(await differences()).toEqual([{ kind: "right-extra", right: extra, isRemovable: true }]);
    expect((await check(ROLES.triage)).exceeds).toMatch(
      /^triage may write holdfast\.proposals\.approved on these brokers, and does not need it/,
    );
    await desk.apply(await desk.compare(), KEEP);
    expect(await differences()).toHaveLength(1);
    await desk.apply(await desk.compare(), { mend: false, removeExtra: true });
    expect(await differences()).toEqual([]);
    await expect.poll(() => mayWrite(clientOf("triage"), "proposals.approved")).toBe(false);
  });

  test("a service says in one sentence which right it lacks, and for which topic", async () => {
    await admin.deleteAcls({ filters: [entryOf(right("policy", "proposals.allowed", "Write"))] });
    await expect
      .poll(async () => (await check(ROLES.policy)).lacks)
      .toBe(
        "policy may not write holdfast.proposals.allowed on these brokers. Run `holdfast topics apply` with the operator's credential.",
      );
    await desk.apply(await desk.compare(), KEEP);
    expect(await check(ROLES.policy)).toEqual({ lacks: undefined, exceeds: undefined });
  });

  test("a service is told that its credential may do everything", async () => {
    const { lacks, exceeds } = await check(ROLES.executor, "admin");
    expect([lacks, exceeds]).toEqual([undefined, expect.stringMatching(/^These brokers let executor do everything/)]);
  });

  test("a setting that drifted is told, and set with what others set there, and only when asked", async () => {
    const name = names.ofTopic("approvals");
    const configEntries = [
      { name: "message.timestamp.type", value: "CreateTime" },
      { name: "segment.ms", value: "3600000" },
      { name: "retention.ms", value: "-1" },
    ];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
    const drift = {
      kind: "setting",
      topic: name,
      name: "message.timestamp.type",
      have: "CreateTime",
      want: "LogAppendTime",
    };
    await expect.poll(differences).toContainEqual(drift);
    expect(await differences()).not.toContainEqual(expect.objectContaining({ name: "retention.ms" }));
    expect((await check(ROLES.approval)).lacks).toMatch(
      /^The topic holdfast\.approvals takes its times from who writes/,
    );
    await desk.apply(await desk.compare(), KEEP);
    expect(await differences()).toContainEqual(drift);
    await desk.apply(await desk.compare(), { mend: true, removeExtra: false });
    const { actual, differences: left } = await desk.compare();
    expect(left).toEqual([]);
    expect(actual.topics.find((topic) => topic.name === name)?.own).toMatchObject({
      "message.timestamp.type": "LogAppendTime",
      "segment.ms": "3600000",
      "retention.ms": "-1",
    });
  });

  test("a topic of nobody's under the prefix, and a right of somebody else that reaches ours, are told and left alone", async () => {
    const foreign: Right = { ...right("stranger", "alerts", "Read"), name: "*" };
    await admin.createTopics({ topics: [{ topic: "holdfast.other", numPartitions: 1 }] });
    await admin.createAcls({ acl: [entryOf(foreign)] });
    const told: readonly Difference[] = [
      { kind: "topic-unknown", topic: "holdfast.other" },
      { kind: "right-extra", right: foreign, isRemovable: false },
    ];
    await expect.poll(differences).toEqual(told);
    await desk.apply(await desk.compare(), { mend: true, removeExtra: true });
    expect(await differences()).toEqual(told);
    await admin.deleteTopics({ topics: ["holdfast.other"] });
    await admin.deleteAcls({ filters: [entryOf(foreign)] });
    await expect.poll(differences).toEqual([]);
  });

  test("every way in which kafkajs hides a refusal becomes a sentence", async () => {
    const caught = async (attempt: () => Promise<unknown>): Promise<unknown> => {
      try {
        await attempt();
      } catch (error) {
        return error;
      }
      throw new Error("this was to be refused");
    };
    const client = clientOf("triage");
    const producer = client.producer({ retry: NO_RETRY, allowAutoTopicCreation: false });
    await producer.connect();
    const written = await caught(() =>
      producer.send({ topic: "holdfast.approvals", messages: [{ key: "k", value: "v" }] }),
    );
    await producer.disconnect();
    expect(refusalOf(written, { who: "triage", doing: "write", on: "holdfast.approvals" })).toMatch(
      /^triage may not write holdfast\.approvals on these brokers, or there is no such topic\. Run `holdfast topics apply`/,
    );
    const idempotent = clientOf("audit").producer({ idempotent: true, retry: { retries: 1 } });
    const connected = await caught(() => idempotent.connect());
    await idempotent.disconnect();
    expect(refusalOf(connected, { who: "audit", doing: "write", on: "holdfast.alerts" })).toMatch(
      /^audit may write no topic on these brokers, not even holdfast\.alerts\./,
    );
    const consumer = client.consumer({ groupId: "holdfast.policy", retry: NO_RETRY });
    const crashed = Promise.withResolvers<unknown>();
    consumer.on("consumer.crash", ({ payload }) => crashed.resolve(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topics: ["holdfast.alerts"] });
    await consumer.run({ eachMessage: async () => undefined });
    expect(refusalOf(await crashed.promise, { who: "triage", doing: "join", on: "holdfast.policy" })).toMatch(
      /^triage may not join the group holdfast\.policy on these brokers\./,
    );
    await consumer.disconnect();
    const other = client.consumer({ groupId: "holdfast.triage", retry: NO_RETRY });
    await other.connect();
    const subscribed = await caught(() => other.subscribe({ topics: ["holdfast.approvals"] }));
    await other.disconnect();
    expect(refusalOf(subscribed, { who: "triage", doing: "read", on: "holdfast.approvals" })).toMatch(
      /^triage may not read holdfast\.approvals/,
    );
    const own = client.admin();
    await own.connect();
    const created = await caught(() => own.createTopics({ topics: [{ topic: "holdfast.x" }] }));
    const given = await caught(() => own.createAcls({ acl: [entryOf(right("triage", "alerts", "Write"))] }));
    await own.disconnect();
    expect(refusalOf(created, { who: "triage", doing: "change", on: "holdfast.x" })).toMatch(/^triage may not change/);
    expect(refusalOf(given, { who: "triage", doing: "change", on: "rights" })).toMatch(/^triage may not see or give/);
    const wrong = openClient(connectionOf("triage", "not its password")).admin();
    const barred = await caught(() => wrong.connect());
    expect(refusalOf(barred, { who: "triage", doing: "read", on: "holdfast.alerts" })).toMatch(
      /^The brokers do not let triage in/,
    );
    expect(refusalOf(new Error("something else"), { who: "triage", doing: "read", on: "x" })).toBeUndefined();
  });
});
