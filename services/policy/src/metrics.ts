import { catalogue } from "@holdfast/actions";
import type { Delivery } from "@holdfast/bus";
import { stateOf, type Proposal, type ProposalState, type ProposalTopic } from "@holdfast/proposals";
import type { Codec } from "@holdfast/schemas";
import type { Metrics } from "@holdfast/service";
import type { Decision } from "./policy.ts";
import type { Knowledge } from "./knowledge.ts";
import { leftBy, verdictIn, type Left } from "./steps.ts";

export type Counted = {
  readonly decided: (decision: Decision) => void;
  readonly recorded: (delivery: Delivery<"incidents" | ProposalTopic>, before: Proposal | undefined) => void;
  readonly watch: (knowledge: Knowledge) => void;
};

type Reading = { readonly open: Codec["open"]; readonly settleMs: number; readonly now: () => number };

const OTHER = "other";
const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
const VERDICTS = ["approved", "rejected", "expired", "withdrawn", "superseded"] as const;
const UNFINISHED = ["drafted", "open", "approved", "started", "unknown"] as const satisfies readonly ProposalState[];
const LEFT = ["drafted", "open", "approved", "started"] as const satisfies readonly Left["state"][];
/** From what a machine takes to what people take. */
const STATE_SECONDS = [0.1, 0.5, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** The denial rate is `holdfast_decisions_total{verdict="denied"}` over all verdicts, by rule, action and environment. */
export function measurePolicy(metrics: Metrics, reading: Reading): Counted {
  const labels = ["verdict", "action", "environment"] as const;
  const decisions = metrics.counter("holdfast_decisions_total", "Decisions on drafts.", labels);
  const denials = metrics.counter(
    "holdfast_denials_total",
    "Denials by each rule that denied; one decision may count under several.",
    ["rule", "action", "environment"],
  );
  const verdicts = metrics.counter(
    "holdfast_verdicts_total",
    "How proposals that waited for people ended: by their votes, by the clock, or by their incident.",
    ["verdict", "environment"],
  );
  const seconds = metrics.histogram(
    "holdfast_proposal_state_seconds",
    "How long proposals were in a state, counted as they leave it.",
    ["state"],
    STATE_SECONDS,
  );
  // A rate needs a zero to rise from.
  for (const state of LEFT) seconds.zero({ state });
  for (const environment of ENVIRONMENTS) {
    for (const verdict of VERDICTS) verdicts.inc({ verdict, environment }, 0);
    for (const action of [...catalogue.keys(), OTHER])
      for (const verdict of ["allowed", "denied"]) decisions.inc({ verdict, action, environment }, 0);
  }
  return {
    decided: ({ verdict, action: name, environment, rules }) => {
      const action = known(name);
      decisions.inc({ verdict, action, environment });
      if (verdict !== "allowed") for (const rule of rules) denials.inc({ rule, action, environment });
    },
    recorded: (delivery, before) => {
      const left = leftBy(delivery, before);
      if (left !== undefined) seconds.observe({ state: left.state }, left.seconds);
      const verdict = verdictIn(delivery, before);
      if (verdict !== undefined) verdicts.inc(verdict);
    },
    watch: (knowledge) => watchProposals(metrics, reading, knowledge),
  };
}

/** Whoever drafts writes the name of its action: what the catalogue does not have is one label, whatever it says. */
function known(action: string): string {
  return catalogue.has(action) ? action : OTHER;
}

function watchProposals(metrics: Metrics, { open, settleMs, now }: Reading, { proposals }: Knowledge): void {
  metrics.gauge(
    "holdfast_proposals",
    "Proposals that are not finished, by state, and those of which nobody knows what came.",
    ["state"],
    (gauge) => {
      for (const state of UNFINISHED) gauge.set({ state }, 0);
      for (const proposal of proposals.all()) {
        const state = stateOf(open, proposal, now(), settleMs);
        if (UNFINISHED.some((one) => one === state)) gauge.inc({ state });
      }
    },
  );
  metrics.gauge("holdfast_proposals_oldest_open_seconds", "Age of the oldest that waits for people.", [], (gauge) => {
    const times = [...proposals.all()]
      .filter((proposal) => stateOf(open, proposal, now(), settleMs) === "open")
      .map(({ allowed }) => allowed?.time ?? now());
    gauge.set(Math.max(0, now() - Math.min(...times, now())) / 1000);
  });
}
