import type { SealedRequest } from "@holdfast/schemas";
import type { KubeObject } from "./objects.ts";

/** The built-in kinds that Holdfast reads, each with its place in the API. */
export type Kind =
  | "Namespace"
  | "Node"
  | "Pod"
  | "Event"
  | "ResourceQuota"
  | "Deployment"
  | "ReplicaSet"
  | "StatefulSet"
  | "DaemonSet"
  | "ControllerRevision"
  | "Job"
  | "CronJob"
  | "HorizontalPodAutoscaler"
  | "PodDisruptionBudget"
  | "EndpointSlice";

export type Ref = { readonly kind: Kind; readonly namespace: string | null; readonly name: string };

export type ListOptions = {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
};

export type LogOptions = {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly tailLines: number;
  readonly limitBytes: number;
};

/** Reads of one cluster, as raw JSON: typed reads drop fields that a newer server sent. */
export type ClusterReader = {
  /** The uid of `kube-system`: which cluster this is. */
  readonly identity: (signal?: AbortSignal) => Promise<string>;
  /** @returns undefined where the API server says 404. */
  readonly get: <T extends KubeObject = KubeObject>(ref: Ref, signal?: AbortSignal) => Promise<T | undefined>;
  readonly list: <T extends KubeObject = KubeObject>(
    kind: Kind,
    options: ListOptions,
    signal?: AbortSignal,
  ) => Promise<readonly T[]>;
  /** @returns undefined where there is no such log, for example no previous container. */
  readonly logs: (options: LogOptions, signal?: AbortSignal) => Promise<string | undefined>;
};

/** What the API server said to a write. `object` is its JSON where it sent some; `says` is a sentence for people. */
export type Answer = { readonly status: number; readonly says: string; readonly object: KubeObject | undefined };

/** Sends a sealed request as a dry run: the server checks everything and changes nothing. */
export type DryRunner = { readonly dryRun: (request: SealedRequest, signal?: AbortSignal) => Promise<Answer> };

/** Sends a sealed request's bytes once, with a deadline. Rejects where no answer came: then nobody knows whether it landed. */
export type Sender = {
  readonly send: (request: SealedRequest, deadlineMs: number, signal?: AbortSignal) => Promise<Answer>;
};

/** A claim is a Lease named after the proposal: created once, never changed, never released. */
export type Claim = { readonly holder: string; readonly refused: string | undefined; readonly createdAt: number };

export type Claims = {
  readonly look: (proposal: string, signal?: AbortSignal) => Promise<Claim | undefined>;
  /** @param refused the sentence of a refusal, where the claim only marks one. The API server is the arbiter: of any number, one is "created". */
  readonly create: (
    proposal: string,
    holder: string,
    refused: string | undefined,
    signal?: AbortSignal,
  ) => Promise<"created" | "taken">;
};

/** What the API server says of this credential. */
export type SelfReview = {
  readonly user: (signal?: AbortSignal) => Promise<string>;
  readonly may: (right: Right, signal?: AbortSignal) => Promise<boolean>;
};

export type Right = {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
};
