import type { Mutation } from "./mutation.ts";

const FOLD = "packages/guard/src/verdict.ts";
const OF = "packages/proposals/src/verdict-of.ts";
const BUNDLE = "schemas/src/bundle.ts";
const folding = (test: string): Mutation["killedBy"] => ({ file: "packages/guard/src/verdict.test.ts", test });
const deciding = (test: string): Mutation["killedBy"] => ({ file: "packages/proposals/src/verdict-of.test.ts", test });
const coding = (test: string): Mutation["killedBy"] => ({ file: "schemas/src/codec.test.ts", test });

/** Who may say yes, and what a verdict is made of: signatures, the bundle and the fold. */
export const VOTES: readonly Mutation[] = [
  {
    removes: "the signature itself",
    file: "schemas/src/dsse.ts",
    find: "verify(null, signed, key, sig)",
    replace: "true",
    killedBy: coding("a record of approvals is read back as written, and not without its signature"),
  },
  {
    removes: "that a key signs only its own kinds",
    file: "schemas/src/codec.ts",
    find: "trusted[kind.signer]",
    replace: "Object.values(trusted).flat()",
    killedBy: coding("a key signs only its own kinds > a vote that policy signed as a closing is no vote"),
  },
  {
    removes: "that a record is read as the kind that its signer may sign",
    file: "schemas/src/codec.ts",
    find: "event.kind !== kind.approval",
    replace: "false",
    killedBy: coding(
      "a key signs only its own kinds > a vote that is signed under a closing's type, with the key of closings, is no vote",
    ),
  },
  {
    removes: "that a record of approvals carries its own kind's member alone",
    file: "schemas/src/codec.ts",
    find: "carried.length === 1 && carried[0] === kind.approval",
    replace: "true",
    killedBy: coding("a key signs only its own kinds > a closing that carries a vote is neither, whoever signed it"),
  },
  {
    removes: "the signature of a vote inside the bundle",
    file: BUNDLE,
    find: 'codec.open("approvals", at.envelope)',
    replace: '({ outcome: "valid", event: decode("approvals", at.envelope.payload) })',
    killedBy: coding("a bundle > is forged where one of its votes has a signature of somebody else"),
  },
  {
    removes: "the signature of the proposal inside the bundle",
    file: BUNDLE,
    find: 'codec.open("proposals.allowed", approved.allowed)',
    replace: '({ outcome: "valid", event: decode("proposals.allowed", approved.allowed.payload) })',
    killedBy: coding("a bundle > is forged where its proposal has a signature of somebody else"),
  },
  {
    removes: "the digest of a bundle",
    file: BUNDLE,
    find: "digest !== approved.digest",
    replace: "false",
    killedBy: coding("a bundle > is forged where its digest is another"),
  },
  {
    removes: "the proposal that a bundle names",
    file: BUNDLE,
    find: "allowed.event.proposal !== approved.proposal ||",
    replace: "",
    killedBy: coding("a bundle > is forged where it names another proposal than it carries"),
  },
  {
    removes: "the incident that a bundle names",
    file: BUNDLE,
    find: "|| allowed.event.incident !== approved.incident",
    replace: "",
    killedBy: coding("a bundle > is forged where its proposal is of another incident than it names"),
  },
  {
    removes: "that only votes stand among the votes of a bundle",
    file: BUNDLE,
    find: 'if (reading.event.vote === null) return { outcome: "forged", why: "one of its votes is no vote" };',
    replace: "if (reading.event.vote === null) continue;",
    killedBy: coding("a bundle > is forged where a closing stands among its votes"),
  },
  {
    removes: "the typed comparison in the fold",
    file: OF,
    find: "vote.typed === allowed.confirmText",
    replace: "true",
    killedBy: deciding("a vote does not count > with another typed text"),
  },
  {
    removes: "the digest that a vote names, in the fold",
    file: OF,
    find: "event.digest === terms.digest &&",
    replace: "",
    killedBy: deciding("a vote does not count > under a digest that is not of what it carries"),
  },
  {
    removes: "that a vote is about the proposal whose record it stands in",
    file: OF,
    find: "event.proposal === allowed.proposal &&",
    replace: "",
    killedBy: deciding("a vote does not count > that names another proposal than it carries"),
  },
  {
    removes: "one closing in the fold: withdrawn",
    file: OF,
    find: 'closing.closing !== "UNKNOWN"',
    replace: 'closing.closing !== "UNKNOWN" && closing.closing !== "withdrawn"',
    killedBy: deciding("a closing as withdrawn rejects, and a vote after it changes nothing"),
  },
  {
    removes: "one closing in the fold: expired",
    file: OF,
    find: 'closing.closing !== "UNKNOWN"',
    replace: 'closing.closing !== "UNKNOWN" && closing.closing !== "expired"',
    killedBy: deciding("a closing as expired rejects, and a vote after it changes nothing"),
  },
  {
    removes: "that the first verdict is the verdict, over several digests",
    file: OF,
    find: "records.indexOf(a.deciding) - records.indexOf(b.deciding)",
    replace: "records.indexOf(b.deciding) - records.indexOf(a.deciding)",
    killedBy: deciding("of two digests of one proposal the one that is decided first is the verdict"),
  },
  {
    removes: "every closing in the fold",
    file: FOLD,
    find: 'if (record.kind === "closing") return { state: "rejected", by: record, at: record.time };',
    replace: 'if (record.kind === "closing") continue;',
    killedBy: folding(
      "the first of a rejection, a closing and the completing vote decides > a closing (expired) closes it",
    ),
  },
  {
    removes: "that one rejection rejects",
    file: FOLD,
    find: 'if (record.decision === "reject")',
    replace: "if (false)",
    killedBy: folding(
      "the first of a rejection, a closing and the completing vote decides > one rejection closes it, also by somebody who approved before",
    ),
  },
  {
    removes: "that each vote is another person's, in the fold",
    file: FOLD,
    find: "const person = personKey(record.person);",
    replace: "const person = record.id;",
    killedBy: folding("what does not count > the same person a second time"),
  },
  {
    removes: "the last moment of a vote, in the fold",
    file: FOLD,
    find: "record.time >= terms.lastMoment",
    replace: "record.time > terms.lastMoment",
    killedBy: folding("what does not count > a vote at the last moment or after it; one before it counts"),
  },
  {
    removes: "that a vote must count",
    file: FOLD,
    find: "!record.countable ||",
    replace: "",
    killedBy: folding("what does not count > a vote that is not countable, whichever way it goes"),
  },
  {
    removes: "that the first record of an id is the event",
    file: FOLD,
    find: "if (seen.has(record.id)) continue;",
    replace: "",
    killedBy: folding("what does not count > the first record of an id is the event, later ones vanish"),
  },
  {
    removes: "the quorum",
    file: FOLD,
    find: "approvals.size >= terms.quorum",
    replace: "approvals.size >= 1",
    killedBy: folding(
      "the first of a rejection, a closing and the completing vote decides > the vote that completes the quorum approves, at its own time",
    ),
  },
  {
    removes: "the sealed level, in the fold",
    file: FOLD,
    find: "vote.level >= terms.level &&",
    replace: "",
    killedBy: folding("a vote is countable > not below the level"),
  },
  {
    removes: "the sealed roles, in the fold",
    file: FOLD,
    find: "&& vote.roles.some((role) => terms.roles.includes(role))",
    replace: "",
    killedBy: folding("a vote is countable > not without a role of the terms"),
  },
  {
    removes: "that a proposal which shows another change than it would send is not approved",
    file: "services/approval/src/sealed.ts",
    find: "why !== undefined",
    replace: "false",
    killedBy: {
      file: "services/approval/src/vote.test.ts",
      test: "what shows another change than it would send can be rejected and not approved",
    },
  },
  {
    removes: "how many votes one person may send in a minute",
    file: "services/approval/src/poll.ts",
    find: "tooMany(ports.pace, person, now) ??",
    replace: "",
    killedBy: {
      file: "services/approval/src/door.test.ts",
      test: "a vote > beyond what one person may send in a minute is told how long to wait, and others are not",
    },
  },
  {
    removes: "that an inbox which is read in part shows and takes nothing",
    file: "services/approval/src/door.ts",
    find: "app.use(secured, readFirst(desk));",
    replace: "app.use(secured);",
    killedBy: {
      file: "services/approval/src/read-first.test.ts",
      test: "before the topics were read to their end nothing is shown, and who asks is told to ask again",
    },
  },
];
