import { TOPICS, type Topic } from "@holdfast/schemas";
import { SERVICES } from "@holdfast/service";
import { PROPOSAL_TOPICS } from "../../proposals/src/index.ts";
import { readsOf } from "@holdfast/bus";
import { describe, expect, test } from "vitest";
import { KNOWN_TOPICS } from "../../../services/approval/src/knowledge.ts";
import { VIEWED } from "../../../services/triage/src/fold.ts";
import { ROLES } from "./roles.ts";

const producers = (topic: Topic): readonly string[] => SERVICES.filter((name) => ROLES[name].produces.includes(topic));
const readers = (topic: Topic): readonly string[] => SERVICES.filter((name) => readsOf(ROLES[name]).includes(topic));

describe("the table of roles", () => {
  test.each(SERVICES)("%s has a row of its own name", (name) => {
    expect(ROLES[name].service).toBe(name);
  });

  test("the executor reads approved proposals, and nothing else", () => {
    expect(readsOf(ROLES.executor)).toEqual(["proposals.approved"]);
  });

  test("policy alone says what may be decided and what was", () => {
    for (const topic of ["proposals.allowed", "proposals.denied", "proposals.approved", "proposals.rejected"] as const)
      expect([topic, producers(topic)]).toEqual([topic, ["policy"]]);
  });

  test("the doors that face others read and hold nothing of a proposal: intake reads no topic", () => {
    expect(readsOf(ROLES.intake)).toEqual([]);
    expect(ROLES.intake.produces).toEqual(["alerts"]);
  });

  test("audit reads every topic and writes none", () => {
    expect(readsOf(ROLES.audit)).toEqual(TOPICS);
    expect(ROLES.audit.produces).toEqual([]);
  });

  test("every topic is written by somebody and read by somebody beside audit, dead letters by whoever handles records or decides about them", () => {
    for (const topic of TOPICS) {
      expect([topic, producers(topic).length > 0]).toEqual([topic, true]);
      expect([topic, readers(topic).length > 1]).toEqual([topic, true]);
    }
    const handling = SERVICES.filter((name) => ROLES[name].consumes.length > 0);
    expect(producers("dead-letters").toSorted()).toEqual(handling.toSorted());
  });

  test("a row views what the service's code folds, and no topic more", () => {
    const LETTERS = ["dead-letters"] as const; // read inside the bus, to know which keys are held
    const same = (role: readonly Topic[], code: readonly Topic[]): void =>
      expect(role.toSorted()).toEqual([...new Set(code)].toSorted());
    same(ROLES.triage.views, [...VIEWED, "analyses", ...LETTERS]);
    same(ROLES.policy.views, ["incidents", ...PROPOSAL_TOPICS, ...LETTERS]);
    same(ROLES.approval.views, KNOWN_TOPICS);
  });
});
