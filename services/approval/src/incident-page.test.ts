import { openEmbedded } from "@holdfast/bus/embedded";
import { visible } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allowedOf, openBench, served, type Bench } from "./testing.ts";

const HOSTILE = `<script>alert(1)</script>\u001b[2J`;
let bench: Bench;
let url: string;
let close: () => void;

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  ({ url, close } = await served(bench.door));
});
afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

async function text(path: string): Promise<string> {
  return (await fetch(`${url}${path}`)).text();
}

/** An incident with an alert and an analysis of which nothing came. */
async function found(): Promise<string> {
  const opened = sample("incidents", "opened");
  const analysis = sample("analyses", "a-release-that-crashes");
  await bench.put("incidents", opened);
  await bench.put("analyses", {
    ...analysis,
    incident: opened.incident,
    summary: "Nothing that Holdfast could do.",
    hypotheses: [{ cause: HOSTILE, confidence: 40, evidence: ["e1"] }],
    evidence: analysis.evidence.map((each) => ({ ...each, says: HOSTILE, outsideWritable: true })),
  });
  return opened.incident;
}

test("an incident of which no proposal came stands in the inbox, and its page shows the analysis with its evidence", async () => {
  const id = await found();
  expect(await text("/")).toMatch(/Wrong, with nothing to decide: 1[^]*Nothing that Holdfast could do\./);
  const html = await text(`/incidents/${id.slice(0, 8)}`);
  for (const part of ["ALERTS", "fires", "40 % by its own word", "not trusted", "&lt;script&gt;"])
    expect(html).toContain(part);
  expect(html).not.toContain("<script>");
  expect(visible(html)).toBe(html);
});

test("an incident with an open proposal waits as that, and not once more", async () => {
  const incident = await found();
  const { draft, allowed } = allowedOf("open", { incident }, {}, { incident });
  await bench.publish({ draft, allowed });
  expect(await text("/")).toContain("Wrong, with nothing to decide: nothing");
});

test("a proposal that a signature drafted says whether a model was asked about its incident, and for how much", async () => {
  const incident = await found();
  const { draft, allowed } = allowedOf("open", { incident }, {}, { incident });
  await bench.publish({ draft, allowed });
  expect(await text(`/proposals/${allowed.proposal}`)).toContain("signatures alone: no model was asked");
  const asked = sample("analyses", "a-release-that-crashes");
  const cost = { ...asked.cost, microUsd: 123_456 };
  await bench.put("analyses", {
    ...asked,
    id: "another",
    incident,
    analyst: "claude",
    model: "claude-sonnet-5-5",
    cost,
  });
  expect(await text(`/proposals/${allowed.proposal}`)).toContain(
    "claude-sonnet-5-5 was asked, for $0.12; its analysis stands with the incident",
  );
});

test("an incident is found by the beginning of its id, and nothing by fewer than eight characters", async () => {
  const id = await found();
  expect(JSON.parse(await text(`/v1/incidents/${id.slice(0, 8)}`))).toMatchObject({ id });
  expect((await fetch(`${url}/v1/incidents/${id.slice(0, 7)}`)).status).toBe(404);
});
