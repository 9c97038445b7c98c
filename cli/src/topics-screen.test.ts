import { describe, expect, test } from "vitest";
import { namesWith } from "../../packages/bus/src/kafka/names.ts";
import type { Actual } from "../../packages/bus/src/kafka/topology/actual.ts";
import { differencesOf } from "../../packages/bus/src/kafka/topology/difference.ts";
import { wantedTopology, type Right } from "../../packages/bus/src/kafka/topology/wanted.ts";
import { ROLES } from "../../packages/wiring/src/roles.ts";
import { doneLines, planLines } from "./topics-screen.ts";
import { terminal } from "./testing.ts";
import { painter } from "./terminal.ts";

const PLACE = { brokers: "kafka-1:9092", prefix: "holdfast.", replication: 3 };
const wanted = wantedTopology([ROLES.intake, ROLES.executor], namesWith(PLACE.prefix), PLACE.replication);
const right: Actual = {
  topics: wanted.topics.map((topic) => ({ ...topic, own: topic.configs })),
  rights: wanted.rights,
};

const screen = (actual: Actual): string => {
  const differences = differencesOf({ wanted, actual, prefix: PLACE.prefix, operator: "User:admin" });
  return `\n${planLines({ wanted, actual, differences }, PLACE, painter(false, undefined)).join("\n")}\n`;
};

describe("topics", () => {
  test("says in one line that nothing differs", () => {
    expect(screen(right)).toMatch(/\nRIGHTS {3}\d+ for 2 users\n\nNothing differs\.\n$/);
  });

  test("shows what is missing as topics and as what each service may", () => {
    const topics = right.topics.filter(({ name }) => name !== "holdfast.alerts");
    expect(screen({ topics, rights: [] })).toMatchInlineSnapshot(`
      "
      KAFKA    kafka-1:9092
      TOPICS   11, called holdfast.NAME, each record on 3 brokers
      RIGHTS   10 for 2 users

      TOPICS TO CREATE
        alerts               6 partitions, kept for 14 days

      RIGHTS TO GIVE
        intake               write alerts
                             see dead-letters
        executor             read proposals.approved
                             write executions, dead-letters
                             join group executor
                             and to see the settings of each, 4 in all

      holdfast topics apply                   creates what is missing
      "
    `);
  });

  test("names what differs by have and want, what is too much, and the command for each", () => {
    const entry: Right = { ...(wanted.rights[0] as Right), principal: "User:triage", operation: "Write" };
    const [alerts, ...others] = right.topics;
    const drifted = { ...alerts, partitions: 3, configs: { ...alerts?.configs, "cleanup.policy": "compact" } };
    const stranger = { ...entry, principal: "User:*", name: "*", operation: "Read" } as const;
    const foreign = { ...drifted, name: "holdfast.notes" };
    const actual = { topics: [drifted, foreign, ...others], rights: [...wanted.rights, entry, stranger] } as Actual;
    expect(screen(actual)).toMatchInlineSnapshot(`
      "
      KAFKA    kafka-1:9092
      TOPICS   11, called holdfast.NAME, each record on 3 brokers
      RIGHTS   10 for 2 users

      SETTINGS THAT DIFFER
        alerts               cleanup.policy is compact, should be delete

      NUMBERS THAT DIFFER
        alerts               partitions: 3, should be 6. That cannot be changed under
                             records: one incident would be torn apart

      RIGHTS TOO MANY
        triage               write alerts
        *                    read *. It reaches beyond Holdfast: remove it by hand

      UNKNOWN TOPICS
        holdfast.notes       is none of Holdfast's, and is left alone: move it out of
                             the prefix

      holdfast topics apply --mend            sets the settings that differ
      holdfast topics apply --remove-extra    removes the rights that are too many
      What no command above mends is for a person who knows these brokers.
      "
    `);
  });

  test("says that brokers without an authorizer enforce nothing", () => {
    expect(screen({ ...right, rights: undefined })).toContain(
      "RIGHTS   not enforced: whoever reaches these brokers may read and write everything\n\nNothing differs.",
    );
  });

  test("what was done is counted", () => {
    const differences = differencesOf({
      wanted,
      actual: { topics: [], rights: [] },
      prefix: "holdfast.",
      operator: "",
    });
    expect(doneLines(differences)[0]).toBe(`DONE     11 topics created, ${wanted.rights.length} rights given`);
    expect(doneLines([])).toEqual([]);
  });

  test("needs a Kafka, a verb that there is, and a broker that answers", async () => {
    const embedded = terminal({}, Date.now);
    expect((await embedded.run(["topics", "plan"])).err).toMatch(/^HOLDFAST_BUS is embedded.*Set it to kafka:/);
    for (const args of [["topics"], ["topics", "delete"], ["topics", "plan", "--mend"], ["topics", "apply", "x"]])
      expect((await embedded.run(args)).code).toBe(2);
  });
});
