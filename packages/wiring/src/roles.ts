import type { Role } from "@holdfast/bus";
import { TOPICS, type Topic } from "@holdfast/schemas";
import type { ServiceName } from "@holdfast/service";

const PROPOSALS = [
  "proposals.drafted",
  "proposals.allowed",
  "proposals.denied",
  "proposals.approved",
  "proposals.rejected",
] as const satisfies readonly Topic[];

/**
 * Who does what on the bus. A service is given a bus that can do this and no more, and on Kafka its user has the rights that
 * follow from it: who may write a topic is decided here.
 *
 * `dead-letters` is written by whoever handles records one by one, and by approval, which signs what people decide about a
 * letter: intake, which faces others, must not be able to post one. Triage, policy and approval read it to know what is held,
 * and believe a letter only where it agrees with the record that it names.
 */
export const ROLES: Readonly<Record<ServiceName, Role>> = {
  intake: {
    service: "intake",
    consumes: [],
    views: [],
    follows: [],
    produces: ["alerts"],
  },
  triage: {
    service: "triage",
    consumes: ["alerts"],
    views: ["alerts", "incidents", "analyses", "proposals.drafted", "executions", "dead-letters"],
    follows: [],
    produces: ["incidents", "analyses", "proposals.drafted", "dead-letters"],
  },
  policy: {
    service: "policy",
    consumes: ["proposals.drafted", "approvals", "incidents"],
    views: ["incidents", ...PROPOSALS, "approvals", "executions", "dead-letters"],
    follows: [],
    produces: [
      "proposals.allowed",
      "proposals.denied",
      "approvals",
      "proposals.approved",
      "proposals.rejected",
      "dead-letters",
    ],
  },
  approval: {
    service: "approval",
    // Only so that the bus chooses which of its instances tells people; each record is acknowledged as it comes.
    consumes: ["proposals.allowed"],
    views: ["alerts", "incidents", "analyses", ...PROPOSALS, "approvals", "executions", "dead-letters"],
    follows: [],
    produces: ["approvals", "dead-letters"],
  },
  executor: {
    service: "executor",
    consumes: ["proposals.approved"],
    views: [],
    follows: [],
    produces: ["executions", "dead-letters"],
  },
  audit: {
    service: "audit",
    consumes: [],
    views: [],
    follows: TOPICS,
    produces: [],
  },
};
