import type { Answer, ClusterReader, Kind } from "@holdfast/cluster";
import type { BackOut, Fact, Plan, Scope, SealedRequest, Target } from "@holdfast/schemas";
import type { z } from "zod";

/** A rule of RBAC that the executor (and the planner) needs for one action; `named` means limited by resourceNames. */
export type RbacRule = {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly named: boolean;
};

/** The object that an action is about, from its arguments alone. */
export type Subject = { readonly kind: Kind; readonly namespace: string | null; readonly name: string };

/** What code read and what it means to change: the part of a plan that depends on the action. */
export type Change = {
  readonly target: Target & { readonly uid: string };
  /** `cluster/namespace/kind/name` of the workload that controls it, else of the object. */
  readonly subject: string;
  readonly podsAffected: number;
  /** Names, at most 50. */
  readonly pods: readonly string[];
  readonly request: SealedRequest;
  /** JSON of the same shape, with only the fields that change. */
  readonly before: unknown;
  readonly after: unknown;
  readonly now: string;
  readonly touches: string;
  /** undefined: nothing undoes it, and policy denies it. */
  readonly backOut: BackOut | undefined;
  readonly notUndone: readonly string[];
  readonly owner: Plan["owner"];
  readonly facts: readonly Fact[];
};

/** `rule` names the precondition that failed, in kebab case: `already-at-target`, `rollout-paused`. */
export type Planning =
  | { readonly outcome: "planned"; readonly change: Change }
  | { readonly outcome: "refused"; readonly rule: string; readonly reason: string };

export type World = { readonly cluster: string; readonly now: () => Date };

/** How the change stands. `print` changes whenever a pod was replaced or restarted, so that a settled state is one that keeps its print. */
export type Check = {
  readonly outcome: "healthy" | "pending" | "failed";
  readonly says: string;
  readonly print: string;
  readonly observed: readonly Fact[];
};

/** One action of the closed catalogue: one file, which is all that adding it takes. */
export type Action<Input extends Readonly<Record<string, string>> = Readonly<Record<string, string>>> = {
  /** snake_case, the same in drafts, RBAC, metrics and the model's tools. */
  readonly name: string;
  /** One line, for people and for the model. */
  readonly says: string;
  readonly scope: Exclude<Scope, "UNKNOWN">;
  /** As the guard judges it: undone by the back-out, or restored by a controller. */
  readonly reversible: boolean;
  /** Parses the arguments; every value is text, names are DNS-1123. */
  readonly input: z.ZodType<Input>;
  readonly rbac: readonly RbacRule[];
  readonly subject: (input: Input) => Subject;
  /** Where the sealed request must go: the executor refuses one that goes elsewhere. */
  readonly door: (input: Input) => { readonly verb: string; readonly path: string };
  /** What a person types to do it without Holdfast: for an object that holds what no record may. */
  readonly byHand?: (input: Input) => string;
  readonly plan: (live: ClusterReader, input: Input, world: World, signal?: AbortSignal) => Promise<Planning>;
  /** Did the sealed change happen? "no" only where the sealed *before* still holds. */
  readonly landed: (sealed: Plan, live: ClusterReader, signal?: AbortSignal) => Promise<"yes" | "no" | "cannot-tell">;
  /** Did it do good? Never from the alert falling silent. `answer` is the API server's, where this process sent it. */
  readonly verify: (
    sealed: Plan,
    live: ClusterReader,
    answer: Answer | undefined,
    world: World,
    signal?: AbortSignal,
  ) => Promise<Check>;
};
