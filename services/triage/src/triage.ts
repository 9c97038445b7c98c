import type { Bus } from "@holdfast/bus";
import type { Alert, Analysis, Incident } from "@holdfast/schemas";
import type { Analyst } from "./analyst.ts";
import type { ListCluster } from "./list-cluster.ts";
import type { FactReader } from "./read-facts.ts";
import type { Redactor } from "@holdfast/redact";
import type { Signature } from "./signature.ts";
import type { Aim, Targets } from "./targets.ts";
import type { Firing } from "./telemetry.ts";
import type { Pace } from "./wanted.ts";

/** The ports and settings of this service. */
export type Triage = {
  readonly bus: Bus;
  readonly cluster: string;
  readonly targets: Targets;
  /** Turns a pod into the workload that controls it. */
  readonly resolve: (aim: Aim, signal: AbortSignal) => Promise<Aim>;
  readonly readFacts: FactReader;
  readonly redactor: Redactor;
  readonly signatures: readonly Signature[];
  readonly fast: Analyst;
  /** Asked after the fast one has answered, where there is one. */
  readonly deep: Analyst | undefined;
  /** Which alerts Alertmanager says are firing; undefined where it cannot be asked. */
  readonly firing: Firing | undefined;
  /** Lists the workloads where there is nobody to alert; undefined where alerts are what opens incidents. */
  readonly scan: ListCluster | undefined;
  readonly pace: Pace & { readonly confirmMs: number };
  readonly now: () => number;
  /** Repeats what fails, with growing pauses, until it succeeds or is stopped. `what` completes "could not …". */
  readonly persist: <T>(what: string, attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly noted: (note: Note) => void;
  /** Ends the process: the topics can no longer be read, and whatever is decided now would be decided blindly. */
  readonly fatal: (cause: unknown) => void;
};

/** What happened, for the log and the metrics. */
export type Note =
  | { readonly kind: "incident"; readonly event: Incident }
  | { readonly kind: "ignored"; readonly alert: Alert }
  | {
      readonly kind: "analysis";
      readonly record: string;
      readonly incident: string;
      readonly analyst: Analyst["name"];
      readonly outcome: string;
      readonly seconds: number;
      readonly cost: Analysis["cost"];
    }
  | {
      readonly kind: "draft";
      readonly record: string;
      readonly incident: string;
      readonly proposal: string;
      readonly action: string;
      readonly author: string;
    }
  | { readonly kind: "failed"; readonly doing: string; readonly cause: unknown };
