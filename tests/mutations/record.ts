import type { Mutation } from "./mutation.ts";

const STORE = "services/audit/src/store.ts";
const RECEIPT = "packages/log/src/receipt.ts";
const TRACKER = "packages/bus/src/tracker.ts";
const storing = (test: string): Mutation["killedBy"] => ({ file: "services/audit/src/store.test.ts", test });
const receipting = (test: string): Mutation["killedBy"] => ({ file: "services/audit/src/receipt.test.ts", test });
const tracking = (test: string): Mutation["killedBy"] => ({ file: "packages/bus/src/tracker.test.ts", test });

/** What is recorded, who can check it, and that no record is lost or done twice. */
export const RECORD: readonly Mutation[] = [
  {
    removes: "the append-only triggers of the audit store",
    file: STORE,
    find: "BEGIN SELECT RAISE(ABORT, 'append-only'); END;",
    replace: "BEGIN SELECT 1; END;",
    killedBy: storing("the store refuses > an update"),
  },
  {
    removes: "that INSERT OR REPLACE meets the triggers too",
    file: STORE,
    find: "PRAGMA recursive_triggers = ON;",
    replace: "",
    killedBy: storing("the store refuses > a replacement by place"),
  },
  {
    removes: "that other content at a recorded offset stops the log",
    file: STORE,
    find: "requireSame(record, select);",
    replace: "",
    killedBy: storing(
      "appending > a record that comes again with another value stops the log, and nothing of its batch is kept",
    ),
  },
  {
    removes: "that missing offsets are recorded as a gap",
    file: STORE,
    find: "if (offset > expected) {",
    replace: "if (false) {",
    killedBy: storing("appending > missing offsets become a gap entry, and the record that shows them follows it"),
  },
  {
    removes: "the hash of the value in a receipt",
    file: RECEIPT,
    find: "entry.valueCommit?.equals(commit) === true",
    replace: "true",
    killedBy: receipting("a receipt > for another value is refused"),
  },
  {
    removes: "the place of the record in a receipt",
    file: RECEIPT,
    find: "|| entry.offset !== held.offset",
    replace: "",
    killedBy: receipting("a receipt > for another offset is refused"),
  },
  {
    removes: "the proof in a receipt",
    file: RECEIPT,
    find: 'if (proven.outcome === "refused") return proven;',
    replace: "",
    killedBy: receipting(
      "a receipt > that was forged is refused: another log's key, an entry of one's own, a borrowed proof, no receipt at all",
    ),
  },
  {
    removes: "the signature of a checkpoint",
    file: "packages/log/src/note.ts",
    find: "!verify(null, Buffer.from(text), verifier.key, signature.subarray(4))",
    replace: "false",
    killedBy: {
      file: "packages/log/src/golden.test.ts",
      test: "a signed note > is refused when one signature of the known key is wrong, though another is good",
    },
  },
  {
    removes: "the bound on a count that the wire claims",
    file: "schemas/src/decoder-guard.ts",
    find: "count > tap.buf.length - tap.pos",
    replace: "false",
    killedBy: {
      file: "schemas/src/schemas.test.ts",
      test: "hostile bytes > a count beyond the bytes that are left is refused before anything is read, and so is one that is skipped",
    },
  },
  {
    removes: "that a position moves only past finished work",
    file: TRACKER,
    find: "outstanding.keys().next().value ?? next",
    replace: "next",
    killedBy: tracking("the low watermark is the first unfinished record, else the next one"),
  },
  {
    removes: "that a record is accepted once",
    file: TRACKER,
    find: 'if (raw.offset < next) return "known";',
    replace: "",
    killedBy: tracking("what was accepted before is known and not accepted again"),
  },
  {
    removes: "the bound on what is outstanding, by number",
    file: TRACKER,
    find: "outstanding.size < OUTSTANDING_MAX * share &&",
    replace: "",
    killedBy: tracking("it is full by number, and has room again below half"),
  },
  {
    removes: "the bound on what is outstanding, by bytes",
    file: TRACKER,
    find: "bytes < OUTSTANDING_BYTES_MAX * share &&",
    replace: "",
    killedBy: tracking("it is full by bytes, and one record that is larger still goes through"),
  },
  {
    removes: "the bound on what a crash delivers again",
    file: TRACKER,
    find: "&& next - low() < SPAN_MAX * share",
    replace: "",
    killedBy: tracking("it is full by span: a stuck record bounds what a crash delivers again"),
  },
  {
    removes: "that a log whose disk is full is not ready",
    file: "services/audit/src/room.ts",
    find: "if (isLacking) throw new Error(SAYS);",
    replace: "",
    killedBy: {
      file: "services/audit/src/room.test.ts",
      test: "a full disk > keeps the log from being ready, and once there is room it goes on by itself with nothing lost or said twice",
    },
  },
];
