import type { Bus, Delivery } from "@holdfast/bus";
import type { Limits } from "@holdfast/guard";
import type { Proposal, ProposalTopic } from "@holdfast/proposals";
import type { Codec } from "@holdfast/schemas";
import type { Judges } from "./judge.ts";
import type { Planner } from "./plan.ts";

/** Everything that a policy service rests on, wired once. */
export type Policy = {
  readonly mode: "act" | "observe";
  readonly bus: Bus;
  readonly codec: Codec;
  readonly planner: Planner;
  readonly judges: Judges;
  readonly limits: Limits;
  readonly settleMs: number;
  readonly decided: (decision: Decision & { readonly record: string; readonly trace: string | undefined }) => void;
  /** A person's request, or a draft that no record holds, led to nothing, and why. */
  readonly ignored: (request: string, why: string) => void;
  /** What time alone makes due could not be published; it is tried again with the next sweep. */
  readonly delayed: (cause: unknown) => void;
  /** A record that came while this member decides, and its proposal as it was before. */
  readonly recorded: (delivery: Delivery<"incidents" | ProposalTopic>, before: Proposal | undefined) => void;
};

/** One decision, for the log and the metrics. */
export type Decision = {
  readonly proposal: string;
  readonly incident: string;
  readonly action: string;
  readonly environment: string;
  readonly verdict: "allowed" | "denied" | "observed";
  readonly rules: readonly string[];
};
