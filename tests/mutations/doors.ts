import type { Mutation } from "./mutation.ts";

const VOTE = "services/approval/src/vote.ts";
const RIGHTS = "services/approval/src/rights.ts";
const voting = (test: string): Mutation["killedBy"] => ({ file: "services/approval/src/vote.test.ts", test });
const entering = (test: string): Mutation["killedBy"] => ({ file: "services/approval/src/door.test.ts", test });
const redacting = (test: string): Mutation["killedBy"] => ({ file: "packages/redact/src/redact.test.ts", test });
const ORDER = "each check comes before those below it";

/** What the doors refuse, and what leaves through the tools. */
export const DOORS: readonly Mutation[] = [
  {
    removes: "the typed comparison at the door",
    file: VOTE,
    find: "typed !== confirmText",
    replace: "typed === undefined",
    killedBy: voting('the typed text > "payments/api " is not payments/api'),
  },
  {
    removes: "the case of what is typed",
    file: VOTE,
    find: "typed !== confirmText",
    replace: "typed?.toLowerCase() !== confirmText.toLowerCase()",
    killedBy: voting('the typed text > "Payments/api" is not payments/api'),
  },
  {
    removes: "the reason of a rejection",
    file: VOTE,
    find: 'decision === "reject" || isElevated',
    replace: "isElevated",
    killedBy: voting(
      "the typed text > is not asked for at one acknowledgement, nor is a reason, and a rejection needs its reason alone",
    ),
  },
  {
    removes: "403 for a level too low at the door",
    file: RIGHTS,
    find: "person.level < level",
    replace: "false",
    killedBy: voting("who may vote > a level below the sealed one is refused, for a rejection too"),
  },
  {
    removes: "403 for a role that is missing at the door",
    file: RIGHTS,
    find: "!person.roles.some((role) => roles.includes(role))",
    replace: "false",
    killedBy: voting("who may vote > somebody without one of the sealed roles is refused, for a rejection too"),
  },
  {
    removes: "the guard at the door",
    file: RIGHTS,
    find: 'if (verdict.outcome === "allow") return undefined;',
    replace: "return undefined;",
    killedBy: voting("who may vote > what policy sealed too weakly, the guard refuses at the door"),
  },
  {
    removes: "that the guard answers before anything about the content is told",
    file: VOTE,
    find: "return barred(guard, sealed, person);",
    replace: "return undefined;",
    killedBy: voting("who may vote > what policy sealed too weakly, the guard refuses at the door"),
  },
  {
    removes: "the digest that a vote names, at the door",
    file: VOTE,
    find: "ballot.digest !== digest",
    replace: "false",
    killedBy: voting(`${ORDER} > the digest is another's: 409, whatever else is wrong`),
  },
  {
    removes: "the last five seconds at the door",
    file: VOTE,
    find: "now >= lastMoment - LAST_MS",
    replace: "now >= lastMoment",
    killedBy: voting(`${ORDER} > less than five seconds are left: 410, whatever else is wrong`),
  },
  {
    removes: "that a closed proposal takes no vote",
    file: VOTE,
    find: "closed !== undefined",
    replace: "false",
    killedBy: voting(`${ORDER} > closed otherwise is told before what was typed, and expired is told apart`),
  },
  {
    removes: "that what cannot be shown cannot be approved",
    file: VOTE,
    find: 'typeof sealed === "string" && ballot.decision === "approve" ?',
    replace: "false ?",
    killedBy: voting("what this version cannot show whole can be rejected and not approved"),
  },
  {
    removes: "that the same vote is one vote",
    file: VOTE,
    find: "if (proposal.approvals.some(({ event }) => event.id === id))",
    replace: "if (false)",
    killedBy: entering(
      "a vote > repeated by the same person before the verdict is the same vote, and nothing more is published",
    ),
  },
  {
    removes: "that a vote sent twice at once is published once",
    file: "services/approval/src/recorded.ts",
    find: "underWay.get(id) ?? act()",
    replace: "act()",
    killedBy: {
      file: "services/approval/src/poll.test.ts",
      test: "the same vote sent again while it is being recorded is published once, and all are told the same",
    },
  },
  {
    removes: "that a form of another site is no vote",
    file: "services/approval/src/access.ts",
    find: "URL.parse(origin)?.host === host",
    replace: "true",
    killedBy: { file: "services/approval/src/pages.test.ts", test: "the form > sent by another site does nothing" },
  },
  {
    removes: "what a browser tells of the page that sent a form",
    file: "services/approval/src/access.ts",
    find: 'site === "same-origin"',
    replace: "true",
    killedBy: {
      file: "services/approval/src/pages.test.ts",
      test: "the form > sent by another site that the browser tells of does nothing",
    },
  },
  {
    removes: "that policy's record of the verdict closes a proposal",
    file: "services/approval/src/closed.ts",
    find: "|| proposal.approved !== undefined",
    replace: "",
    killedBy: voting("policy's record of the verdict closes a proposal, also where its votes have not arrived yet"),
  },
  {
    removes: "that a vote which came too late is told so",
    file: "services/approval/src/closed.ts",
    find: "record.time >= proposal.allowed.event.lastMoment ?",
    replace: "false ?",
    killedBy: voting("a vote that the broker took at the last moment or later is told that it came too late"),
  },
  {
    removes: "the token at the approval door",
    file: "packages/guard/src/approvers.ts",
    find: 'timingSafeEqual(Buffer.from(tokenSha256, "hex"), given)',
    replace: "given.length > 0",
    killedBy: {
      file: "packages/guard/src/approvers.test.ts",
      test: "no other token identifies anybody, the hash itself included",
    },
  },
  {
    removes: "that a name which leads here from a web page is told nothing",
    file: "services/approval/src/access.ts",
    find: "LOOPBACK_HOST.test(req.headers.host",
    replace: "true || LOOPBACK_HOST.test(req.headers.host",
    killedBy: entering("what there is > is not told to a name that leads here from a web page"),
  },
  {
    removes: "the token at intake's door",
    file: "services/intake/src/token.ts",
    find: 'timingSafeEqual(digest(given ?? ""), wanted) &&',
    replace: "",
    killedBy: {
      file: "services/intake/src/app.test.ts",
      test: 'a refusal is problem+json with a sentence, is counted, and publishes nothing: > B1: 401 without the right token: "Bearer wrong"',
    },
  },
  {
    removes: "the redaction of a text",
    file: "services/triage/src/claude/border.ts",
    find: 'typeof result === "string" ? text(result)',
    replace: 'typeof result === "string" ? result',
    killedBy: {
      file: "services/triage/src/claude/border.test.ts",
      test: "no secret leaves for the model > from a log that begins in the middle of a key: lines are read before those that are shown",
    },
  },
  {
    removes: "the redaction of an object",
    file: "services/triage/src/claude/border.ts",
    find: ": object(result)",
    replace: ": result",
    killedBy: {
      file: "services/triage/src/claude/border.test.ts",
      test: "no secret leaves for the model > from an object: the values of its variables, its headers, and words of its command line that belong together",
    },
  },
  {
    removes: "the redaction of what a tool throws",
    file: "services/triage/src/claude/border.ts",
    find: "text(error instanceof Error ? error.message",
    replace: "String(error instanceof Error ? error.message",
    killedBy: {
      file: "services/triage/src/claude/border.test.ts",
      test: "no secret leaves for the model > in what a tool throws",
    },
  },
  {
    removes: "the process's own secrets from what is redacted",
    file: "packages/redact/src/redact.ts",
    find: "const known = spellings(secrets);",
    replace: "const known = spellings([]);",
    killedBy: redacting("redaction > masks this process's own secrets literally, in base64 and in a URL"),
  },
  {
    removes: "that what a request may cost is written down before it is sent",
    file: "services/triage/src/claude/analyst.ts",
    find: "if (why === undefined) note();",
    replace: "",
    killedBy: {
      file: "services/triage/src/claude/spending.test.ts",
      test: "a run that a crash ends > was written down before its first request was sent",
    },
  },
  {
    removes: "that the run of a process that died counts on",
    file: "services/triage/src/claude/spending.ts",
    find: "its.find(({ earlier }) => !earlier)",
    replace: "its[0]",
    killedBy: {
      file: "services/triage/src/claude/spending.test.ts",
      test: "a run that a crash ends > is not settled by the analysis of a later run",
    },
  },
];
