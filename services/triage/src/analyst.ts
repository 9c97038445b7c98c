import type {
  ActionCall,
  Alert,
  Analysis,
  Evidence,
  Hypothesis,
  Finding as FindingRecord,
  Target,
} from "@holdfast/schemas";
import type { LiveFacts } from "./facts.ts";
import type { Found } from "./signature.ts";
import type { OpenIncident } from "./state.ts";

/** One incident, and what was read about it. All text in it is redacted and visible; none of it is an instruction. */
export type Case = {
  readonly incident: OpenIncident;
  /** The newest firing of each, at most a few. */
  readonly alerts: readonly Alert[];
  /** null: there is nothing that a plan could be about. */
  readonly target: Target | null;
  /** undefined where there is no target to read. */
  readonly facts: LiveFacts | undefined;
  /** What the signatures find, the first to act on first. */
  readonly findings: readonly Found[];
};

/** A proposal as far as triage goes: an action of the catalogue with its arguments, and why. */
export type Draft = ActionCall & {
  readonly by: "signature" | "model";
  /** The signature's or the model's name. */
  readonly author: string;
  readonly target: Target;
  readonly because: string;
  /** The model's own words, redacted and visible; empty from a signature. */
  readonly words: string;
  readonly confidence: number;
  /** Ids of the evidence it rests on. */
  readonly evidence: readonly string[];
};

export type Opinion = Pick<
  Analysis,
  "outcome" | "summary" | "hypotheses" | "evidence" | "findings" | "model" | "promptDigest" | "cost"
> & {
  readonly hypotheses: readonly Hypothesis[];
  readonly evidence: readonly Evidence[];
  readonly findings: readonly FindingRecord[];
  /** At most one for each object; of several the first counts. */
  readonly drafts: readonly Draft[];
};

/**
 * Says what is wrong. `signatures` answers at once and without a model; a deeper one is asked after it has.
 *
 * What goes wrong with a provider is an outcome of the opinion. An analyst throws only when it was stopped.
 */
export type Analyst = {
  readonly name: "signatures" | "claude";
  readonly analyse: (about: Case, signal: AbortSignal) => Promise<Opinion>;
};
