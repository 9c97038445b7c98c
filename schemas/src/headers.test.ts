import { describe, expect, test } from "vitest";
import type { Header } from "./generated.ts";
import { fixtureNames, sample, testCodec } from "./testing.ts";
import { TOPICS, type Topic } from "./topics.ts";
import { askedBy, traceOf, traceparent } from "./trace.ts";

const codec = testCodec();
const INCOMING = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const incoming = askedBy({ traceparent: INCOMING });

function headersOf(topic: Topic, name: string, cause?: Parameters<typeof codec.write>[2]): Map<string, string> {
  const { headers } = codec.write(topic, sample(topic, name), cause);
  return new Map(headers.map(({ name: header, value }) => [header, value.toString()]));
}

describe.each(TOPICS.flatMap((topic) => fixtureNames(topic, "valid").map((name) => [topic, name] as const)))(
  "%s %s",
  (topic, name) => {
    const headers = headersOf(topic, name);
    test("carries what CloudEvents 1.0 requires, and no name twice", () => {
      for (const required of ["ce_id", "ce_source", "ce_specversion", "ce_type"])
        expect(headers.get(required)).toMatch(/^.+$/);
      expect(headers.get("ce_specversion")).toBe("1.0");
      expect(headers.get("content-type")).toBe("application/avro");
      expect(headers.size).toBe(codec.write(topic, sample(topic, name)).headers.length);
    });
    test("names its attributes in lower-case letters and digits, at most twenty, with values that a header may have", () => {
      const attributes = [...headers].filter(([header]) => header.startsWith("ce_"));
      expect(attributes.length).toBeGreaterThan(4);
      for (const [header, value] of attributes) {
        expect(header).toMatch(/^ce_[a-z0-9]{1,20}$/);
        expect(value).toMatch(/^[^\p{Cc}\p{Cs}]+$/u);
      }
    });
    test("has a source and a schema that are URIs, a time of RFC 3339, and a subject", () => {
      expect(URL.canParse(headers.get("ce_source") ?? "", "https://example.org/")).toBe(true);
      expect(headers.get("ce_dataschema")).toMatch(/^urn:holdfast:avro:[0-9a-f]{16}$/);
      expect(headers.get("ce_time")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      expect(headers.get("ce_subject")).toMatch(/^.+$/);
    });
  },
);

test("an event of an incident names it, and one that a record caused names that", () => {
  const caused = headersOf("proposals.drafted", fixtureNames("proposals.drafted", "valid")[0] ?? "", {
    headers: [],
    event: { id: "the cause" },
  });
  expect(caused.get("ce_correlationid")).toMatch(/^[0-9a-f-]{36}$/);
  expect(caused.get("ce_causationid")).toBe("the cause");
  expect(headersOf("alerts", "firing").has("ce_correlationid")).toBe(false);
});

test("a time that no calendar has is left out, and the event is written all the same", () => {
  const { headers } = codec.write("alerts", sample("alerts", "firing", { receivedAt: Number.MAX_SAFE_INTEGER - 2 }));
  expect(headers.map(({ name }) => name)).not.toContain("ce_time");
});

test("the cause of an event changes nothing of what is signed", () => {
  const event = sample("approvals", "vote");
  expect(codec.write("approvals", event, incoming).value).toEqual(codec.write("approvals", event).value);
});

describe("traceparent", () => {
  const FORM = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/;
  test("continues the trace of its cause, sampled or not, in a span of its own", () => {
    const child = traceparent(incoming);
    expect(child).toMatch(FORM);
    expect(child.slice(0, 36)).toBe(INCOMING.slice(0, 36));
    expect(child.slice(36, 52)).not.toBe(INCOMING.slice(36, 52));
    expect(child.slice(53)).toBe("01");
    expect(traceparent(askedBy({ traceparent: INCOMING.replace(/01$/, "f2") })).slice(53)).toBe("00");
  });
  test("begins a trace where there is no cause", () => {
    expect(traceparent(undefined)).toMatch(FORM);
    expect(traceparent(undefined)).not.toBe(traceparent(undefined));
  });
  test("of a later version is read as far as this one goes", () => {
    expect(traceOf(askedBy({ traceparent: `cc${INCOMING.slice(2)}-what-comes` }).headers)).toBe(INCOMING.slice(3, 35));
  });
  test.each([
    ["a version that is forbidden", `ff${INCOMING.slice(2)}`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`],
    ["a span id of zeros", `00-4bf92f3577b34da6a3ce929d0e0e4736-${"0".repeat(16)}-01`],
    ["capitals", INCOMING.toUpperCase()],
    ["something behind it", `${INCOMING}-00`],
    ["too few digits", INCOMING.slice(0, -1)],
    ["no hexadecimal digits", INCOMING.replaceAll("4", "g")],
    ["a line break", `${INCOMING}\n`],
    ["a megabyte", `cc${INCOMING.slice(2)}-${"a".repeat(1_000_000)}`],
  ])("with %s is not believed: a new trace begins", (_, text) => {
    const cause = { headers: [{ name: "traceparent", value: Buffer.from(text) }] };
    expect(traceOf(cause.headers)).toBeUndefined();
    expect(traceparent(cause)).toMatch(FORM);
    expect(traceparent(cause)).not.toContain("4bf92f3577b34da6a3ce929d0e0e4736");
  });
  test("that stands there twice is nobody's", () => {
    const twice: readonly Header[] = [...incoming.headers, ...incoming.headers];
    expect(traceOf(twice)).toBeUndefined();
  });
});
