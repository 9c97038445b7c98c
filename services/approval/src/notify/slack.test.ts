import { expect, test } from "vitest";
import { T0 } from "../testing.ts";
import type { About, Notice, NoticeEvent } from "./notice.ts";
import { messageOf } from "./slack.ts";
import { bodyOf } from "./webhook.ts";

const about: About = {
  proposal: "5f1c2e7a-0000-5000-8000-000000000001",
  incident: "5f1c2e7a-0000-5000-8000-000000000002",
  code: "7QX4-M2",
  action: "rollback_deployment",
  target: { cluster: "prod-eu1", namespace: "payments", kind: "Deployment", name: "api" },
  environment: "prod",
  scope: "workload",
  tier: "typed",
  podsAffected: 6,
  decideBy: T0 + 30 * 60_000,
};
const link = `https://holdfast.example/proposals/${about.proposal}`;
const notice = (event: NoticeEvent, state: Notice["state"], changed: Partial<About> = {}): Notice => ({
  id: "5f1c2e7a-0000-5000-8000-000000000003",
  event,
  state,
  link,
  about: { ...about, ...changed },
});

type Text = { readonly type: string; readonly text: string; readonly emoji?: boolean; readonly verbatim?: boolean };
type Block = { readonly type: string; readonly text?: Text; readonly fields?: readonly Text[] };
type Message = { readonly text: string; readonly blocks: readonly Block[] };
const messageIn = (given: Notice): Message => messageOf(given, T0) as Message;

/** What Slack documents for incoming webhooks and blocks. */
function breaches({ text, blocks }: Message): readonly string[] {
  const wrong: string[] = [];
  const limit = (what: string, value: string, most: number): void => {
    if (value.length < 1 || value.length > most) wrong.push(`${what} has ${value.length} characters`);
  };
  limit("text", text, 40_000);
  if (blocks.length > 50) wrong.push("too many blocks");
  for (const { type, text: of, fields } of blocks) {
    if (type === "header") limit("a header", of?.text ?? "", 150);
    if (type === "header" && of?.type !== "plain_text") wrong.push("a header that is no plain_text");
    if (type === "section" && of !== undefined) limit("a section", of.text, 3_000);
    if (type === "section" && of === undefined && fields === undefined) wrong.push("an empty section");
    if ((fields?.length ?? 0) > 10) wrong.push("too many fields");
    for (const field of fields ?? []) limit("a field", field.text, 2_000);
  }
  return wrong;
}

const ALL = [
  notice("opened", "open"),
  notice("expiring", "open"),
  notice("ended", "succeeded"),
  notice("ended", "failed"),
  notice("unknown", "unknown"),
  { id: "1", event: "test", state: "test", link: "https://holdfast.example/" },
] as const;

test.each(ALL)("a message keeps Slack's limits: $event $state", (given) => {
  expect(breaches(messageIn(given))).toEqual([]);
});

test("a message keeps Slack's limits however long the names are, and the check would see one that does not", () => {
  const long = "x".repeat(5_000);
  const target = { cluster: long, namespace: long, kind: long, name: long };
  expect(breaches(messageIn(notice("opened", "open", { target, action: long, environment: long })))).toEqual([]);
  expect(breaches({ text: "x", blocks: [{ type: "header", text: { type: "plain_text", text: long } }] })).toHaveLength(
    1,
  );
});

test("an open proposal reads as a person decides: what, where, what it touches, until when, the code, the link", () => {
  const { blocks, text } = messageIn(notice("opened", "open"));
  expect(blocks.map(({ text: of, fields }) => of?.text ?? fields?.map((field) => field.text))).toEqual([
    "Waits for approval",
    [
      "Action\nrollback_deployment",
      "Target\nprod-eu1 / payments / Deployment / api",
      "Environment\nprod",
      "Touches\n6 pods, scope workload",
      "Approval\ntyped",
      "Answer by\n03:22:00 UTC (in 30 min)",
      "Code\n7QX4-M2",
    ],
    `<${link}|Review 7QX4-M2>`,
  ]);
  expect(text).toContain("rollback_deployment");
});

test("facts are shown and never parsed, and the one link is ours", () => {
  const name = "<!channel> <https://evil.example|click> & @here";
  const { blocks, text } = messageIn(notice("opened", "open", { target: { ...about.target, name } }));
  expect(text).toContain("&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; @here");
  const parsed = blocks.flatMap(({ text: of, fields = [] }) => [...(of === undefined ? [] : [of]), ...fields]);
  const mrkdwn = parsed.filter(({ type }) => type === "mrkdwn");
  expect(mrkdwn).toEqual([{ type: "mrkdwn", text: `<${link}|Review 7QX4-M2>`, verbatim: true }]);
  expect(messageOf(notice("opened", "open"), T0)).toMatchObject({ parse: "none", unfurl_links: false });
});

test("a webhook is told the same as JSON, with how much it should wake somebody", () => {
  expect(bodyOf(notice("unknown", "unknown"), T0)).toMatchObject({
    version: 1,
    event: "unknown",
    severity: "critical",
    code: "7QX4-M2",
    target: about.target,
    decideBy: "2026-11-22T03:22:00.000Z",
    link,
  });
  expect(bodyOf(notice("opened", "open"), T0)).toMatchObject({ severity: "warning" });
  expect(bodyOf(notice("expiring", "open"), about.decideBy - 300_000)).toMatchObject({
    text: expect.stringMatching(/^Ends unanswered in 5 min\n/),
  });
});
