import { randomUUID } from "node:crypto";
import { atExit } from "../at-exit.ts";
import type { Group, Member, Membership } from "../log.ts";
import type { MarksFile } from "../marks-file.ts";
import type { Note } from "../port.ts";
import { openClaims } from "./claims.ts";
import { openFeed } from "./feed.ts";
import { openLeasing } from "./leasing.ts";
import { openPositions } from "./positions.ts";
import type { Reader } from "./reader.ts";
import type { Store } from "./store.ts";
import type { Watch } from "./watch.ts";

export type Parts = {
  readonly store: Store;
  readonly reader: Reader;
  readonly watch: Watch;
  readonly marks: MarksFile;
  readonly partitions: number;
  readonly note: Note;
};

/** One member of a group: keeps its leases, and is fed from the partitions that it holds. */
export async function openMembership(parts: Parts, group: Group, member: Member): Promise<Membership> {
  const { store, reader, watch, partitions } = parts;
  const me = randomUUID();
  const note: Note = (level, fields, sentence) => parts.note(level, { group: group.name, ...fields }, sentence);
  const claims = openClaims(store, group, me, partitions, watch.changed);
  const marks = parts.marks.of(`${store.id}/${group.name}`, me);
  const feed = openFeed(reader, group.topics, member.accept, note);
  const positions = openPositions(store, group);
  let owned: ReadonlyMap<number, number> = new Map();

  /** A partition whose fence moved was somebody else's in between: it is lost first, and then gained. */
  const own = async (fences: ReadonlyMap<number, number>): Promise<void> => {
    const kept = new Map([...owned].filter(([partition, fence]) => fences.get(partition) === fence));
    if (kept.size < owned.size) {
      owned = kept;
      const remaining = positions.of([...kept.keys()]);
      feed.from(remaining);
      await member.owns(remaining);
    }
    if (fences.size === kept.size) return;
    owned = fences;
    const all = positions.of([...fences.keys()]);
    void member.owns(all);
    feed.from(all);
  };
  const leasing = openLeasing(claims, own, note);
  const stopListening = watch.onChange(() => {
    leasing.ifFree();
    feed.pump();
  });
  const forgetExit = atExit(() => {
    try {
      marks.blame();
    } finally {
      claims.release();
    }
  });
  leasing.soon();
  return {
    deaths: marks.deaths,
    begin: marks.begin,
    settle: marks.settle,
    resume: feed.resume,
    ends: () => reader.ends(group.topics).filter(({ partition }) => owned.has(partition)),
    commit: async (moves) => {
      if (!positions.move(moves, claims.stillHolds)) leasing.soon();
    },
    [Symbol.asyncDispose]: async () => {
      stopListening();
      feed.close();
      await leasing.stop();
      forgetExit();
      try {
        marks.close();
      } finally {
        claims.release();
      }
    },
  };
}
