import { randomUUID } from "node:crypto";
import type { Topic } from "@holdfast/schemas";
import type { Group, Member, Membership } from "../log.ts";
import type { Next, Note } from "../port.ts";
import { LEASE_MS, openClaims } from "./claims.ts";
import { openFeed } from "./feed.ts";
import type { Reader } from "./reader.ts";
import { inTransaction, type Store } from "./store.ts";
import type { Watch } from "./watch.ts";
import { openWorkMarks } from "./work-marks.ts";

const FAILED_AGAIN_MS = 200;

export type Parts = { readonly store: Store; readonly reader: Reader; readonly watch: Watch; readonly partitions: number; readonly note: Note };

/** One member of a group: keeps its leases, and is fed from the partitions that it holds. */
export async function openMembership({ store, reader, watch, partitions, note }: Parts, group: Group, member: Member): Promise<Membership> {
  const me = randomUUID();
  const claims = openClaims(store, group, me, partitions);
  const marks = openWorkMarks(store, group.name, me);
  const feed = openFeed(reader, group.topics, member.accept, note);
  const positions = openPositions(store, group);
  let owned: ReadonlyMap<number, number> = new Map();
  let [renewedAt, isOpen] = [Date.now(), true];
  let timer: NodeJS.Timeout | undefined;
  let stepping: Promise<void> | undefined;

  const own = async (fences: ReadonlyMap<number, number>): Promise<void> => {
    const kept = [...owned].filter(([partition, fence]) => fences.get(partition) === fence).map(([partition]) => partition);
    const isSame = kept.length === owned.size && kept.length === fences.size;
    if (isSame) return;
    if (kept.length < owned.size) {
      const remaining = positions.of(kept);
      feed.from(remaining);
      owned = new Map(kept.map((partition) => [partition, fences.get(partition) ?? 0]));
      await member.owns(remaining);
    }
    if (fences.size === kept.length) return;
    const all = positions.of([...fences.keys()]);
    owned = fences;
    void member.owns(all);
    feed.from(all);
  };
  const step = async (): Promise<number> => {
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
  const stepOrSay = async (): Promise<void> => {
    clearTimeout(timer);
    let againInMs = FAILED_AGAIN_MS;
    try {
      againInMs = await step();
    } catch (err) {
      note("warn", { group: group.name, err }, "The leases of this member could not be renewed. It tries again, and stops its work when they have run out.");
      if (Date.now() - renewedAt > LEASE_MS) await own(new Map());
    }
    stepping = undefined;
    if (isOpen) timer = setTimeout(soon, againInMs);
  };
  const soon = (): void => {
    if (isOpen) stepping ??= stepOrSay();
  };
  const stopListening = watch.onChange(() => {
    try {
      if (stepping === undefined && claims.isFree()) soon();
    } catch (err) {
      note("warn", { group: group.name, err }, "The leases of a group could not be read. They are read again at the next change, and within a second.");
    }
    feed.pump();
  });
  soon();
  return {
    ...marks,
    resume: feed.resume,
    ends: () => reader.ends(group.topics).filter(({ partition }) => owned.has(partition)),
    commit: async (moves) => {
      const isWhole = positions.move(moves, claims.stillHolds);
      if (!isWhole) soon();
    },
    [Symbol.asyncDispose]: async () => {
      isOpen = false;
      stopListening();
      clearTimeout(timer);
      feed.close();
      await stepping;
      marks.close();
      claims.release();
    },
  };
}

type Positions = {
  readonly of: (partitions: readonly number[]) => readonly Next[];
  /** @returns false when some were left alone, because this member does not hold them any more. */
  readonly move: (moves: readonly Next[], holds: (partition: number) => boolean) => boolean;
};

function openPositions({ quick }: Store, group: Group): Positions {
  const select = quick.prepare("SELECT next FROM position WHERE grp = ? AND topic = ? AND partition = ?");
  const upsert = quick.prepare(
    "INSERT INTO position(grp, topic, partition, next) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET next = max(next, ?4)",
  );
  const positionOf = (topic: Topic, partition: number): Next => {
    return { topic, partition, offset: Number(select.get(group.name, topic, partition)?.["next"] ?? 0) };
  };
  return {
    of: (partitions) => group.topics.flatMap((topic) => partitions.map((partition) => positionOf(topic, partition))),
    move: (moves, holds) =>
      inTransaction(quick, () => {
        const mine = moves.filter(({ partition }) => holds(partition));
        for (const { topic, partition, offset } of mine) upsert.run(group.name, topic, partition, offset);
        return mine.length === moves.length;
      }),
  };
}
