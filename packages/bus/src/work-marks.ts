import type { DatabaseSync } from "node:sqlite";
import type { Membership } from "./log.ts";
import { inTransaction } from "./sqlite.ts";

export type WorkMarks = Pick<Membership, "deaths" | "begin" | "settle"> & {
  /** This process is ending while it works on what is marked. */
  readonly blame: () => void;
  readonly close: () => void;
};

/**
 * Which records a member is working on, as rows that outlive its process. An exit of the process's own (an exception that
 * nobody caught, a call of exit) is laid to them at once; a death without a word is found by whoever begins them again.
 */
export function openWorkMarks(db: DatabaseSync, group: string, me: string): WorkMarks {
  const mark = db.prepare(
    `INSERT INTO work(grp, topic, partition, offset, member, running, crashes, silent) VALUES(?, ?, ?, ?, ?, 1, 0, 0)
     ON CONFLICT DO UPDATE SET silent = silent + running, running = 1, member = excluded.member`,
  );
  const past = db.prepare(
    "SELECT crashes, silent + running AS silent FROM work WHERE grp = ? AND topic = ? AND partition = ? AND offset = ?",
  );
  const forget = db.prepare(
    "DELETE FROM work WHERE grp = ? AND topic = ? AND partition = ? AND offset = ? AND member = ?",
  );
  const stop = db.prepare(
    "UPDATE work SET running = 0 WHERE grp = ? AND topic = ? AND partition = ? AND offset = ? AND member = ?",
  );
  const stopAll = db.prepare("UPDATE work SET running = 0 WHERE grp = ? AND member = ?");
  const crashed = db.prepare(
    "UPDATE work SET crashes = crashes + 1, running = 0 WHERE grp = ? AND member = ? AND running = 1",
  );
  const write = openGroupedWrites(db);
  return {
    begin: ({ topic, partition, offset }) => write.soon(() => mark.run(group, topic, partition, offset, me)),
    deaths: async ({ topic, partition, offset }) => {
      const row = past.get(group, topic, partition, offset);
      return { crashes: Number(row?.["crashes"] ?? 0), silent: Number(row?.["silent"] ?? 0) };
    },
    settle: ({ topic, partition, offset }, how) =>
      write.soon(() => (how === "finished" ? forget : stop).run(group, topic, partition, offset, me)),
    blame: () => {
      write.now(); // what has finished is not to blame
      crashed.run(group, me);
    },
    close: () => {
      write.now();
      stopAll.run(group, me);
    },
  };
}

type Waiting = { readonly write: () => void; readonly resolve: () => void; readonly reject: (cause: unknown) => void };

/** What is asked in one turn of the process is one transaction. */
function openGroupedWrites(db: DatabaseSync): {
  readonly soon: (write: () => void) => Promise<void>;
  readonly now: () => void;
} {
  let waiting: Waiting[] = [];
  const now = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      inTransaction(db, () => batch.forEach(({ write }) => write()));
      for (const { resolve } of batch) resolve();
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  };
  return {
    soon: async (write) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (waiting.length === 0) setImmediate(now);
      waiting.push({ write, resolve, reject });
      await promise;
    },
    now,
  };
}
