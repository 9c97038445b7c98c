import type { Mutation } from "./mutation.ts";

const NOTIFY = "services/approval/src/notify";
const posting = (test: string): Mutation["killedBy"] => ({ file: `${NOTIFY}/post.test.ts`, test });
const deciding = (test: string): Mutation["killedBy"] => ({ file: `${NOTIFY}/to-tell.test.ts`, test });
const telling = (test: string): Mutation["killedBy"] => ({ file: `${NOTIFY}/notifier.test.ts`, test });
const writing = (test: string): Mutation["killedBy"] => ({ file: `${NOTIFY}/slack.test.ts`, test });

/** What keeps a message from being told twice, too late, to somebody else, or in somebody else's words. */
export const NOTICES: readonly Mutation[] = [
  {
    removes: "the refusal to follow redirects with a token",
    file: `${NOTIFY}/post.ts`,
    find: 'redirect: "manual"',
    replace: 'redirect: "follow"',
    killedBy: posting("a redirect is not followed, and its address is not told our token"),
  },
  {
    removes: "the limit of what a target may ask to wait",
    file: `${NOTIFY}/post.ts`,
    find: "Math.min(ms, RETRY_AFTER_MS_MAX)",
    replace: "ms",
    killedBy: posting("too many messages: it is asked again when it said"),
  },
  {
    removes: "the memory of what was told",
    file: `${NOTIFY}/teller.ts`,
    find: "telling.memory.remember(target.name, next.id, now());",
    replace: "",
    killedBy: telling("somebody is told of a proposal that waits, once, with a link to it"),
  },
  {
    removes: "the turn of others after a message that its target chokes on",
    file: `${NOTIFY}/teller.ts`,
    find: "attempts.set(next.id, (attempts.get(next.id) ?? 0) + 1);",
    replace: "",
    killedBy: telling("one message that its target chokes on holds no other for ever"),
  },
  {
    removes: "the choice of one instance that tells",
    file: `${NOTIFY}/notifier.ts`,
    find: "chosen.active() && isCaughtUp()",
    replace: "isCaughtUp()",
    killedBy: telling("of several instances one tells, and another takes over when it ends"),
  },
  {
    removes: "the silence about what ended before anybody was to be told",
    file: `${NOTIFY}/to-tell.ts`,
    find: "at < since ||",
    replace: "",
    killedBy: deciding("the first start tells what is open, and nothing that ended before"),
  },
  {
    removes: "the age at which an end is no news any more",
    file: `${NOTIFY}/to-tell.ts`,
    find: '|| now - at > (how === "unknown" ? UNKNOWN_MS_MAX : ENDED_MS_MAX)',
    replace: "",
    killedBy: deciding(
      "a target that was down is told how things stand, and nothing that is over: no opening of what ended, no old end",
    ),
  },
  {
    removes: "the question marks in names that others choose",
    file: `${NOTIFY}/notice.ts`,
    find: 'name.replaceAll(/[^A-Za-z0-9._:-]/g, "?")',
    replace: "name",
    killedBy: deciding("a notice holds sealed facts and a link, and a name cannot mention, format or lead elsewhere"),
  },
  {
    removes: "the escaping of Slack's own syntax",
    file: `${NOTIFY}/slack.ts`,
    find: "cut(escaped(line), TEXT_MAX)",
    replace: "cut(line, TEXT_MAX)",
    killedBy: writing("facts are shown and never parsed, and the one link is ours"),
  },
];
