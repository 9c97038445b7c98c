import type { Action } from "@holdfast/actions";
import type { Bus } from "@holdfast/bus";
import type { Claims, ClusterReader, Sender } from "@holdfast/cluster";
import type { Approvers, Guard, Inventory, Windows } from "@holdfast/guard";
import type { Codec } from "@holdfast/schemas";
import type { Receipts } from "./receipts.ts";

/** Everything that an execution may touch, wired once. */
export type Executor = {
  readonly name: string;
  readonly cluster: string;
  readonly bus: Bus;
  readonly codec: Codec;
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly reader: ClusterReader;
  readonly claims: Claims;
  readonly sender: Sender;
  readonly receipts: Receipts;
  readonly guard: Guard;
  readonly windows: Windows;
  readonly inventory: Inventory;
  readonly approvers: Approvers;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly reported: (outcome: Reported) => void;
  /** Called each time that something must be asked again: what it was, and why there was no answer. */
  readonly waiting: (what: string, cause: unknown) => void;
};

/** Wall clock for what is compared with the broker's time, monotonic for what is waited for: a stepped clock moves only one. */
export type Clock = {
  readonly wall: () => number;
  readonly monotonic: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

export type Patience = {
  /** How long a healthy state must keep its print before it counts. */
  readonly settleMs: number;
  /** How long a change may take to become healthy. */
  readonly verifyMs: number;
  /** From when a claim was first seen until its owner can no longer act. */
  readonly reconcileMs: number;
  readonly pollMs: number;
};

export type Reported = {
  /** The id of what was published. */
  readonly record: string;
  readonly incident: string;
  readonly proposal: string;
  readonly action: string;
  readonly state: string;
  readonly because: string;
  readonly trace: string | undefined;
};
