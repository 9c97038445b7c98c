import type { Approvers } from "@holdfast/guard";
import type { Log } from "@holdfast/service";
import type { Ask } from "./ask.ts";
import type { Attention } from "./attention.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Notifier } from "./notify/notifier.ts";
import type { Poll } from "./poll.ts";
import type { Eye } from "./show.ts";

/** What every answer of the door is made of. */
export type Desk = {
  readonly knowledge: Knowledge;
  readonly approvers: Approvers;
  readonly attention: Pick<Attention, "shown">;
  readonly poll: Poll;
  readonly ask: Ask;
  readonly notifier: Notifier;
  readonly eye: () => Eye;
  /** Whether `knowledge` is all there is. */
  readonly isCaughtUp: () => boolean;
  /** The address that the door is bound to. */
  readonly boundTo: string;
  readonly log: Log;
};
