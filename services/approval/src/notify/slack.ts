import { VERSION } from "@holdfast/service";
import { factsOf, headingOf, type Notice } from "./notice.ts";
import { post } from "./post.ts";
import type { Target } from "./target.ts";

/** Slack takes about one message a second from a webhook. */
const GAP_MS = 1_100;
const HEADER_MAX = 150;
const FIELD_MAX = 2_000;
const TEXT_MAX = 3_000;

/** Slack's incoming webhook. It knows no idempotency key: what is told twice is seen twice. */
export function slack(url: string): Target {
  return {
    name: "slack",
    gapMs: GAP_MS,
    send: (notice, now, signal) =>
      post({ url, headers: { "user-agent": `holdfast-approval/${VERSION}` }, body: messageOf(notice, now) }, signal),
  };
}

/**
 * Facts are plain_text, which Slack shows as it is: nothing in a name can format, mention or link. The one link is ours, in
 * the one block that is mrkdwn, and `verbatim` keeps Slack from finding others.
 */
export function messageOf(notice: Notice, now: number): object {
  const heading = headingOf(notice, now);
  const facts = factsOf(notice, now).map(([name, value]) => plain(`${name}\n${value}`, FIELD_MAX));
  const line = [heading, ...factsOf(notice, now).map(([, value]) => value)].join(" | ");
  return {
    // What a phone shows on its lock screen; here too nothing is parsed.
    text: cut(escaped(line), TEXT_MAX),
    mrkdwn: false,
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: plain(heading, HEADER_MAX) },
      ...(facts.length === 0 ? [] : [{ type: "section", fields: facts }]),
      { type: "section", text: { type: "mrkdwn", text: linkOf(notice), verbatim: true } },
    ],
  };
}

function linkOf({ event, link, about }: Notice): string {
  const what = event === "opened" || event === "expiring" ? "Review" : "Look at";
  return `<${encodeURI(decodeURI(link)).replaceAll("|", "%7C")}|${about === undefined ? "The inbox" : `${what} ${about.code}`}>`;
}

function plain(text: string, most: number): object {
  return { type: "plain_text", text: cut(text, most), emoji: false };
}

/** The three characters that Slack's own syntax begins with. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
