import type { Notice } from "./notice.ts";

/** How one attempt ended. `says` is a sentence without anything that is secret. */
export type Sent =
  | { readonly outcome: "sent"; readonly says: string }
  /** The target will never take this message: others may go on. */
  | { readonly outcome: "refused"; readonly says: string }
  | {
      readonly outcome: "failed";
      readonly kind: "timeout" | "unreachable" | "redirect" | "throttled" | "credential" | "status";
      readonly says: string;
      /** As the target asked for. */
      readonly retryAfterMs?: number;
    };

/** Somewhere people are told. */
export type Target = {
  readonly name: string;
  /** The least time between two messages. */
  readonly gapMs: number;
  /** Resolves within a bounded time, and never rejects but for the signal. */
  readonly send: (notice: Notice, now: number, signal: AbortSignal) => Promise<Sent>;
};
