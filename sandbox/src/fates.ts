/** What becomes of a container once it is started. A fate hangs on an image (a bad release) or on one pod (bad luck). */
export type Fate =
  | { readonly kind: "run" }
  | {
      readonly kind: "crash";
      readonly exitCode: number;
      readonly reason: "Error" | "OOMKilled";
      readonly log: readonly string[];
    }
  | { readonly kind: "no-image"; readonly message: string }
  | { readonly kind: "unready"; readonly probe: string; readonly log: readonly string[] };

/** Where the kubelet is with the first container of a pod, and since when. `first` is when the container first ran. */
export type Runtime = {
  readonly stage: "creating" | "pull-failed" | "running" | "backing-off";
  readonly since: number;
  readonly startedAt?: number;
  readonly restarts: number;
  readonly probedAt?: number;
  /** The fate of the run before this one: its log is the previous log. */
  readonly previous?: { readonly fate: Fate; readonly startedAt: number; readonly endedAt: number };
};

/** All that the simulation knows and the API does not show. It is kept across a restart. */
export type Hidden = {
  readonly images: Record<string, Fate>;
  readonly pods: Record<string, Fate>;
  readonly runtimes: Record<string, Runtime>;
  readonly nodesDown: string[];
};

export function fateOf(hidden: Hidden, podUid: string, image: string): Fate {
  return hidden.pods[podUid] ?? hidden.images[image] ?? { kind: "run" };
}
