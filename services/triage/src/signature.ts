import type { ActionCall, Target } from "@holdfast/schemas";
import type { LiveFacts } from "./facts.ts";

/** One thing that was read, in the words in which a person is to see it. */
export type Quote = {
  readonly source: "kube" | "events" | "logs";
  readonly query: string;
  readonly readAt: number;
  readonly says: string;
  readonly outsideWritable: boolean;
};

/** Why one row beats another when both match, in this order. */
export type Rank = "release" | "node" | "other";

export type Finding = {
  /** The object that the action is about, or would be. */
  readonly subject: Target;
  /** One sentence. */
  readonly says: string;
  /** release: the newest release fails and the one before it does not. node: what fails shares a node and no workload. */
  readonly rank: Rank;
  /** Names of the pods that this explains. */
  readonly explains: readonly string[];
  /** Percent. */
  readonly confidence: number;
  readonly evidence: readonly Quote[];
  /** Tried from left to right. None: report only. */
  readonly remedies: readonly ActionCall[];
};

/** One row of the table of failures: one file, which is all that adding it takes. */
export type Signature = {
  /** As in the file's name, with hyphens. */
  readonly name: string;
  readonly row: number;
  /** The only actions that this row may name: none means that it only reports. */
  readonly remedies: readonly string[];
  /** Where two rows explain the same pods, the lower one is looked at first. */
  readonly order: number;
  readonly looksAt: (kind: string) => boolean;
  /** Pure: the same facts give the same finding. */
  readonly judge: (facts: LiveFacts) => Finding | undefined;
};

/** A finding, the signature whose it is, and the one remedy that may be drafted: undefined is report only. */
export type Found = Omit<Finding, "remedies"> & {
  readonly signature: string;
  readonly order: number;
  readonly remedy: ActionCall | undefined;
};
