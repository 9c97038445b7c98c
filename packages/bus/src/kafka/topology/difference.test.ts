import { expect, test } from "vitest";
import type { Role } from "../../role.ts";
import { namesWith } from "../names.ts";
import type { Actual, ActualTopic } from "./actual.ts";
import { remedyOf } from "./apply.ts";
import { differencesOf, type Difference } from "./difference.ts";
import { wantedTopology, type Right } from "./wanted.ts";

const DESK: Role = { service: "desk", consumes: ["alerts"], views: [], follows: [], produces: ["incidents"] };
const wanted = wantedTopology([DESK], namesWith("hf."), 3, (service) => `svc-${service}`);
const topics: readonly ActualTopic[] = wanted.topics.map((topic) => ({ ...topic, own: {} }));
const READ: Right = {
  principal: "User:svc-desk",
  host: "*",
  resource: "topic",
  name: "hf.alerts",
  pattern: "literal",
  operation: "Read",
  permission: "allow",
};

const between = (actual: Partial<Actual>): readonly Difference[] =>
  differencesOf({ wanted, actual: { topics, rights: wanted.rights, ...actual }, prefix: "hf.", operator: "User:ops" });
const withSetting = (name: string, value: string): readonly Difference[] =>
  between({ topics: topics.map((topic) => ({ ...topic, configs: { ...topic.configs, [name]: value } })) });

test("what is as it should be differs in nothing", () => {
  expect(between({})).toEqual([]);
});

test("rights follow from the row: topics one by one, the group of who consumes, under the user's own name", () => {
  expect(
    wanted.rights.map(({ principal, resource, name, operation }) => [principal, resource, name, operation]),
  ).toEqual([
    ["User:svc-desk", "topic", "hf.alerts", "Read"],
    ["User:svc-desk", "topic", "hf.alerts", "DescribeConfigs"],
    ["User:svc-desk", "topic", "hf.incidents", "Write"],
    ["User:svc-desk", "topic", "hf.incidents", "DescribeConfigs"],
    ["User:svc-desk", "topic", "hf.dead-letters", "Describe"],
    ["User:svc-desk", "group", "hf.desk", "Read"],
  ]);
});

test("a record counts once two brokers have it, and once one has where there is one", () => {
  const inSync = (replication: number): unknown =>
    wantedTopology([], namesWith("hf."), replication).topics[0]?.configs["min.insync.replicas"];
  expect([inSync(3), inSync(2), inSync(1)]).toEqual(["2", "2", "1"]);
});

test("retention is a floor: longer is no difference, shorter is", () => {
  expect(withSetting("retention.ms", "-1")).toEqual([]);
  expect(withSetting("retention.ms", String(400 * 86_400_000))).toEqual([]);
  expect(withSetting("retention.ms", "1000")).toHaveLength(topics.length);
});

test("every other setting is told by name, with what it is and what it should be", () => {
  expect(withSetting("message.timestamp.type", "CreateTime")[0]).toEqual({
    kind: "setting",
    topic: "hf.alerts",
    name: "message.timestamp.type",
    have: "CreateTime",
    want: "LogAppendTime",
  });
});

test.each<[string, Partial<Right>, boolean]>([
  ["another operation of ours", { operation: "Write" }, true],
  ["every operation at once", { operation: "All" }, true],
  ["a denial of what a service needs", { permission: "deny" }, true],
  ["a right for one host more", { host: "10.0.0.1" }, true],
  ["somebody else's on our topic", { principal: "User:mallory" }, true],
  ["ours on a topic of others", { name: "elsewhere", operation: "Write" }, true],
  ["ours on the cluster", { resource: "cluster", name: "kafka-cluster", operation: "Alter" }, true],
  ["everybody's on everything", { principal: "User:*", name: "*" }, false],
  [
    "everybody's on the cluster",
    { principal: "User:*", resource: "cluster", name: "kafka-cluster", operation: "Alter" },
    false,
  ],
  ["somebody else's on a prefix that has ours in it", { principal: "User:x", name: "h", pattern: "prefixed" }, false],
  [
    "ours to act for others, which only Kafka's own tools remove",
    { resource: "user", operation: "CreateTokens" },
    false,
  ],
])("a right too many is told: %s", (_what, part, isRemovable) => {
  const right = { ...READ, ...part };
  expect(between({ rights: [...wanted.rights, right] })).toEqual([{ kind: "right-extra", right, isRemovable }]);
});

test.each<[string, Partial<Right>]>([
  ["Describe, which Read brings along", { operation: "Describe" }],
  ["the operator's", { principal: "User:ops", operation: "All" }],
  [
    "the brokers' own on the cluster",
    { principal: "User:b", resource: "cluster", name: "kafka-cluster", operation: "All" },
  ],
  ["others' on what is not ours", { principal: "User:x", name: "elsewhere" }],
  ["others' on a prefix beside ours", { principal: "User:x", name: "hg", pattern: "prefixed" }],
])("a right that concerns nobody here is left out: %s", (_what, part) => {
  expect(between({ rights: [...wanted.rights, { ...READ, ...part }] })).toEqual([]);
});

test("brokers without an authorizer are compared by their topics alone", () => {
  expect(between({ rights: undefined })).toEqual([]);
});

test("nothing is changed or taken away that was not asked for, and no topic ever", () => {
  const [none, all] = [
    { mend: false, removeExtra: false },
    { mend: true, removeExtra: true },
  ];
  const setting = { kind: "setting", topic: "hf.alerts", name: "retention.ms", have: "1", want: "2" } as const;
  const extra = { kind: "right-extra", right: READ, isRemovable: true } as const;
  expect([remedyOf(setting, none), remedyOf(setting, all)]).toEqual([undefined, "mend"]);
  expect([remedyOf(extra, none), remedyOf(extra, all)]).toEqual([undefined, "remove"]);
  expect(remedyOf({ ...extra, isRemovable: false }, all)).toBeUndefined();
  for (const kind of ["partitions", "replication"] as const)
    expect(remedyOf({ kind, topic: "hf.alerts", have: 1, want: 2 }, all)).toBeUndefined();
  expect(remedyOf({ kind: "topic-unknown", topic: "hf.x" }, all)).toBeUndefined();
});
