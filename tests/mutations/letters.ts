import type { Mutation } from "./mutation.ts";

const AGREEMENT = "packages/bus/src/agreement.ts";
const CODEC = "schemas/src/codec.ts";
const DECISION = "services/approval/src/letter-decision.ts";
const agreeing = (test: string): Mutation["killedBy"] => ({ file: "packages/bus/src/agreement.test.ts", test });
const reading = (test: string): Mutation["killedBy"] => ({
  file: "schemas/src/codec.test.ts",
  test: `a decision about a dead letter > ${test}`,
});
const deciding = (test: string): Mutation["killedBy"] => ({
  file: "services/approval/src/letters-door.test.ts",
  test,
});
const replaying = (test: string): Mutation["killedBy"] => ({ file: "cli/src/replay.test.ts", test });

/** What a dead letter may hold, who may let it go, and what a replay may write. */
export const LETTERS: readonly Mutation[] = [
  {
    removes: "that a letter is held against the record that it names",
    file: "packages/bus/src/held.ts",
    find: "agrees(letter, recordIn(records, letter))",
    replace: "true",
    killedBy: {
      file: "packages/bus/src/embedded.test.ts",
      test: "the bus contract: embedded > a letter holds nothing whose record is not there, or has other bytes, or another key",
    },
  },
  {
    removes: "the bytes from what a letter and its record must have in common",
    file: AGREEMENT,
    find: "isSame(letter.value, record.value) && ",
    replace: "",
    killedBy: agreeing("a letter > does not agree with other bytes"),
  },
  {
    removes: "the key from what a letter and its record must have in common",
    file: AGREEMENT,
    find: "letter.key.toString() !== record.key || ",
    replace: "",
    killedBy: agreeing("a letter > does not agree with another key"),
  },
  {
    removes: "that a letter without a copy is of a record too large to be copied",
    file: AGREEMENT,
    find: "record.value === null || sizeOf(record) > VALUE_BYTES_MAX",
    replace: "true",
    killedBy: agreeing(
      "a letter > without a copy agrees with a record that is too large to be copied, and with no other",
    ),
  },
  {
    removes: "the signature of a decision about a dead letter",
    file: CODEC,
    find: '(parked.outcome !== "valid" || isParked(parked.event))',
    replace: "true",
    killedBy: reading("is believed by approval's signature alone, and a parked record by none"),
  },
  {
    removes: "that a decision is the kind that was signed",
    file: CODEC,
    find: "event.kind !== kind.letter",
    replace: "false",
    killedBy: reading("is what was signed: a release is no drop, and one of a kind that is not known is nothing"),
  },
  {
    removes: "that a held incident waits for a person before it is settled",
    file: "services/policy/src/app.ts",
    find: "isOpen(proposal) && !subscription.isHeld(proposal.incident)",
    replace: "isOpen(proposal)",
    killedBy: {
      file: "services/policy/src/app.test.ts",
      test: "nothing is settled of an incident that is held: a vote waits until a person has released it",
    },
  },
  {
    removes: "401 for a decision of nobody",
    file: DECISION,
    find: "person === undefined",
    replace: "false",
    killedBy: deciding("each check comes before those below it: 401, 400, 404, 409"),
  },
  {
    removes: "the reason of a decision about a dead letter",
    file: DECISION,
    find: ".trim().min(1)",
    replace: "",
    killedBy: deciding("each check comes before those below it: 401, 400, 404, 409"),
  },
  {
    removes: "that a release is about the letter that holds",
    file: DECISION,
    find: "hold.letter.id !== letter.id",
    replace: "false",
    killedBy: deciding("each check comes before those below it: 401, 400, 404, 409"),
  },
  {
    removes: "that the door shows only letters that agree with their record",
    file: "services/approval/src/parked.ts",
    find: 'kind !== "parked" || agrees(event, record)',
    replace: "true",
    killedBy: deciding(
      "a letter that does not agree with its record is not shown, and nothing can be decided about it",
    ),
  },
  {
    removes: "that a letter is known by its bytes as well as by an id that anybody may guess",
    file: "packages/bus/src/view.ts",
    find: 'topic === "dead-letters" ? `${topic}/${id}/${digestOf(value)}` : `${topic}/${id}`',
    replace: "`${topic}/${id}`",
    killedBy: deciding("a lie that took the id of a letter or of a decision before it came hides neither"),
  },
  {
    removes: "that the id of a letter follows from its record",
    file: "packages/bus/src/letters.ts",
    find: "letterId(letter, letter.group, after) === letter.id",
    replace: "true",
    killedBy: {
      file: "packages/bus/src/letters.test.ts",
      test: "a letter under an id that does not follow from its record is nothing",
    },
  },
  {
    removes: "that a replay means the true letter of several with one id",
    file: "cli/src/replay.ts",
    find: "isTrue(a) - isTrue(b)",
    replace: "isTrue(b) - isTrue(a)",
    killedBy: replaying("a letter that took the id of another one does not keep that from being replayed"),
  },
  {
    removes: "that a replay has the bytes of its record",
    file: "packages/bus/src/again.ts",
    find: "topic, key, value, headers: [...first",
    replace: "topic, key, value: Buffer.from(value.toString()), headers: [...first",
    killedBy: agreeing("a replay > is the same record, byte for byte, and says of which letter it is"),
  },
  {
    removes: "that a letter which lies is not replayed",
    file: "cli/src/replay.ts",
    find: "original === undefined || !agrees(letter, original)",
    replace: "original === undefined",
    killedBy: replaying("a letter that tells other bytes than its record has is not replayed"),
  },
  {
    removes: "that a replay is recorded before it is written",
    file: "cli/src/replay.ts",
    find: "answer.status !== 201",
    replace: "false",
    killedBy: replaying("what could not be recorded is not written"),
  },
];
