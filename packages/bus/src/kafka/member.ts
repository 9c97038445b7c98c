import { randomUUID } from "node:crypto";
import type { Consumer, Kafka } from "kafkajs";
import { atExit } from "../at-exit.ts";
import type { Group, Member, Membership } from "../log.ts";
import type { Next, Raw } from "../port.ts";
import { atMost } from "../waiting.ts";
import { assignerOf, evenly, exclusively } from "./assigner.ts";
import { committedPositions, type CommittedParts } from "./committed.ts";
import { openConsuming, type Consuming } from "./consuming.ts";
import { openEnds } from "./ends.ts";
import { openFeed } from "./feed.ts";
import { openLives, type Hearing } from "./lives.ts";
import type { MarksFile } from "../marks-file.ts";
import type { Names } from "./names.ts";
import { openOwnership, partitionsIn } from "./ownership.ts";
import { within } from "./within.ts";

const COMMIT_MS_MAX = 3000;
const CLOSE_MS_MAX = 3000;

export type MemberParts = CommittedParts & {
  readonly client: Kafka;
  readonly partitions: number;
  readonly marks: MarksFile;
  readonly sessionMs: number;
  readonly seen: (batch: readonly Raw[]) => void;
  /** What no retry mends: the process must end, and say so. */
  readonly fatal: (cause: Error) => void;
};

/** One member of a group. Its callback only offers records; the work is done elsewhere, and moves the positions when it is done. */
export async function openMember(parts: MemberParts, group: Group, member: Member): Promise<Membership> {
  const { client, names, offsets, partitions, sessionMs, note, fatal } = parts;
  const closing = new AbortController();
  const marks = parts.marks.of(group.name, randomUUID());
  const ends = openEnds(offsets, group.topics);
  await offsets.ends(group.topics); // a topic that is not there, or a right to it, is missed here

  const ownership = openOwnership(
    (positions) => {
      feed.keepOnly(positions);
      return member.owns(positions);
    },
    (wanted, isWanted) => committedPositions(parts, group.name, wanted, closing.signal, isWanted),
    (positions) => feed.begin(positions),
  );
  const feed = openFeed({
    names,
    note,
    fatal,
    has: ownership.has,
    accept: member.accept,
    consumer: () => lives.consumer(),
    seen: (records, end) => {
      ends.note(end);
      parts.seen(records);
    },
  });
  const shares = group.exclusive ? exclusively : evenly;
  const open = (hear: Hearing): Consuming =>
    openConsuming({
      client,
      sessionMs,
      onBatch: feed.onBatch,
      groupId: names.ofGroup(group.name),
      topics: group.topics.map(names.ofTopic),
      assigner: assignerOf(`holdfast-${shares.name}`, shares, partitions, () => hear.joining(ownership.claim)),
      onJoined: (assignment) => hear.joined(partitionsIn(assignment, names.topicOf)),
      onHeartbeat: hear.beat,
    });
  const lives = openLives({
    group: group.name,
    sessionMs,
    note,
    fatal,
    open,
    closing: closing.signal,
    answers: () => offsets.ends(group.topics),
    own: (assigned) => void ownership.become(assigned).catch(fatal),
  });
  const forgetExit = atExit(marks.blame);
  return {
    deaths: marks.deaths,
    begin: marks.begin,
    settle: marks.settle,
    resume: feed.resume,
    ends: () => ends.now().filter(ownership.has),
    commit: (moves) => commitBy(lives.consumer(), names, moves.filter(ownership.has)),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await atMost(CLOSE_MS_MAX, lives.end());
      forgetExit();
      marks.close();
    },
  };
}

/** What crashed owns nothing, and commits nothing. */
async function commitBy(consumer: Consumer | undefined, names: Names, moves: readonly Next[]): Promise<void> {
  if (moves.length === 0 || consumer === undefined) return;
  const named = moves.map((next) => ({ ...next, topic: names.ofTopic(next.topic), offset: String(next.offset) }));
  await within(COMMIT_MS_MAX, consumer.commitOffsets(named));
}
