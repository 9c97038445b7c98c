import type { Topic } from "@holdfast/schemas";
import type { Deaths, Membership } from "./log.ts";
import type { Fault } from "./parking.ts";
import type { Delivery, Handler, Raw } from "./port.ts";
import type { Tracker } from "./tracker.ts";
import { openTurns } from "./turns.ts";

/** A record is parked after this many exits of the process that worked on it. */
const CRASHES_MAX = 3;
/** A process that is killed says nothing about the record, unless it goes on and on. */
const SILENT_DEATHS_MAX = 10;
const SUSPECT_AFTER = 2;
const ALONE_MS_MAX = 10_000;

export type Item = { readonly raw: Raw; readonly tracker: Tracker; failures: number };

export type HandlingOptions<T extends Topic> = {
  readonly handler: Handler<T>;
  readonly membership: Promise<Membership>;
  /** What runs is told to stop. */
  readonly aborting: AbortSignal;
};

/** The handler has had it; it was stopped before it began; or too many processes ended on it. */
type Handled = "handled" | "stopped" | Fault;

/** Gives one record to the handler, a suspect one while nothing else is worked on. @throws what the handler throws. */
export function openHandling<T extends Topic>(
  { handler, membership, aborting }: HandlingOptions<T>,
  isStopped: (item: Item) => boolean,
): (item: Item, raw: Raw, delivery: Delivery<T>) => Promise<Handled> {
  const turns = openTurns(ALONE_MS_MAX);
  return async (item, raw, delivery) => {
    const member = await membership;
    const deaths = await member.deaths(raw);
    if (deaths.crashes >= CRASHES_MAX || deaths.silent >= SILENT_DEATHS_MAX) return crashed(deaths);
    const leave = await turns.enter(deaths.crashes + deaths.silent >= SUSPECT_AFTER);
    if (isStopped(item)) {
      leave();
      return "stopped";
    }
    const patience = setTimeout(leave, ALONE_MS_MAX);
    let how: "finished" | "unfinished" = "unfinished";
    try {
      await member.begin(raw);
      await handler(delivery, AbortSignal.any([item.tracker.signal, aborting]));
      how = "finished";
    } finally {
      clearTimeout(patience);
      leave();
      await member.settle(raw, how);
    }
    return "handled";
  };
}

function crashed({ crashes, silent }: Deaths): Fault {
  const why = `the process ended while it worked on this record: ${crashes} times by an exit of its own, ${silent} times without a word`;
  return { errorClass: "crashed", why, attempts: crashes + silent };
}
