import { expect, test } from "vitest";
import { noteLines } from "./model-note.ts";
import { served, terminal } from "./testing.ts";

const SPENT =
  "claude-sonnet-5-5 gave no analysis: another turn could exceed the $0.02 that are left for it; of the day's budget for all incidents $4.98 of $5.00 are spent. The signatures' answer stands.";
const model = { name: "claude-sonnet-5-5", outcome: "over-budget", summary: SPENT };
const incident = {
  state: "open",
  severity: "critical",
  alertName: "X",
  target: null,
  openedAt: "2026-11-22T03:00:00Z",
  alertsFiring: 1,
  proposals: [],
};

test("the list of incidents says once why no model answered, for those that are open", async () => {
  const incidents = [
    { ...incident, id: "aaaaaaaa-1", model },
    { ...incident, id: "bbbbbbbb-1", model },
    { ...incident, id: "cccccccc-1", model: { ...model, outcome: "found", summary: "It crashes." } },
    { ...incident, id: "dddddddd-1", model, state: "closed" },
    { ...incident, id: "eeeeeeee-1" },
  ];
  const { url, close } = await served((_req, res) => void res.end(JSON.stringify({ incidents, next: null })));
  try {
    const { code, out } = await terminal({ HOLDFAST_APPROVAL_URL: url }, () => Date.parse("2026-11-22T03:01:00Z")).run([
      "incidents",
    ]);
    expect(code).toBe(0);
    expect(out.slice(out.indexOf("MODEL"))).toMatchInlineSnapshot(`
      "MODEL    aaaaaaaa, bbbbbbbb: claude-sonnet-5-5 gave no analysis: another turn
               could exceed the $0.02 that are left for it; of the day's budget for
               all incidents $4.98 of $5.00 are spent. The signatures' answer stands."
    `);
  } finally {
    close();
  }
});

test("a screen says nothing of a model that answered, or that nobody asked", () => {
  expect(noteLines({ model: { ...model, outcome: "nothing" } })).toEqual([]);
  expect(noteLines({})).toEqual([]);
  expect(noteLines({ model: { ...model, outcome: "provider-down", summary: "It is\u001b[2J\ndown." } })).toEqual([
    "MODEL    It is\\u{1b}[2J\\u{a}down.",
  ]);
});
