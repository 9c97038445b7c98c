import type { Note } from "../port.ts";
import { LEASE_MS, type Claims } from "./claims.ts";

const FAILED_AGAIN_MS = 200;

/** Keeps the leases of one member, and says what it holds whenever that changes. */
export type Leasing = {
  /** Looks now rather than at the next turn. */
  readonly soon: () => void;
  /** Looks now where something could be taken. */
  readonly ifFree: () => void;
  /** Resolves when nothing is under way and nothing will be. */
  readonly stop: () => Promise<void>;
};

/** @param own is told the fences of what is held; it resolves when work on what was lost has stopped. */
export function openLeasing(
  claims: Claims,
  own: (fences: ReadonlyMap<number, number>) => Promise<void>,
  note: Note,
): Leasing {
  let [renewedAt, isOpen] = [Date.now(), true];
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;

  const renew = async (): Promise<number> => {
    const held = claims.renew([]);
    renewedAt = Date.now();
    if (held.beyondShare.length === 0) {
      await own(held.fences);
      return held.lookAgainInMs;
    }
    await own(new Map([...held.fences].filter(([partition]) => !held.beyondShare.includes(partition))));
    const after = claims.renew(held.beyondShare);
    await own(after.fences);
    return after.lookAgainInMs;
  };
  const turn = async (): Promise<void> => {
    clearTimeout(timer);
    let againInMs = FAILED_AGAIN_MS;
    try {
      againInMs = await renew();
    } catch (err) {
      note("warn", { err }, UNRENEWED_SENTENCE);
      if (Date.now() - renewedAt > LEASE_MS) await own(new Map());
    }
    turning = undefined;
    if (isOpen) timer = setTimeout(soon, againInMs);
  };
  const soon = (): void => {
    if (isOpen) turning ??= turn();
  };
  return {
    soon,
    ifFree: () => {
      try {
        if (turning === undefined && claims.isFree()) soon();
      } catch (err) {
        note("warn", { err }, UNREAD_SENTENCE);
      }
    },
    stop: async () => {
      isOpen = false;
      clearTimeout(timer);
      await turning;
    },
  };
}

const UNRENEWED_SENTENCE =
  "The leases of this member could not be renewed. It tries again, and stops its work when they have run out.";
const UNREAD_SENTENCE =
  "The leases of a group could not be read. They are read again at the next change, and within a second.";
