import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCodec } from "@holdfast/schemas";
import { sample, testKeys } from "@holdfast/schemas/testing";
import { operatorBus } from "@holdfast/wiring";
import { expect, test } from "vitest";
import { pinned, temporaryFolder, terminal, type Terminal } from "./testing.ts";

const keys = testKeys();
const codec = openCodec({ service: "policy", trusted: keys.trusted, signing: keys.signing });

type Line = Readonly<Record<string, unknown>> & { readonly headers: readonly { name: string; value: string }[] };

/** A data folder with one record of each kind of signature on its bus. */
async function folder(): Promise<{ readonly data: string; readonly run: Terminal["run"] }> {
  const data = temporaryFolder();
  await using bus = await openEmbedded({ file: join(data, "bus.sqlite"), codec, service: "policy" });
  const stranger = openCodec({ service: "policy", trusted: keys.trusted, signing: testKeys().signing });
  const allowed = sample("proposals.allowed", "rollback");
  await bus.publish("proposals.allowed", allowed.incident, allowed);
  const { value, headers } = stranger.write("proposals.allowed", allowed);
  await bus.again({ topic: "proposals.allowed", key: allowed.incident, value, headers });
  const alert = sample("alerts", "firing", { annotations: [{ name: "text", value: "red\u001b[31m \u202eback" }] });
  await bus.publish("alerts", alert.fingerprint, alert);
  await bus.again({ topic: "alerts", key: "k", value: Buffer.from("no record"), headers: [] });
  const { run } = terminal(
    { HOLDFAST_DATA: data, HOLDFAST_PUBLIC_KEYS: pinned(keys.trusted) },
    () => Date.now(),
    operatorBus,
  );
  return { data, run };
}

const linesOf = (out: string): readonly Line[] => out.split("\n").map((line) => JSON.parse(line) as Line);

test("every record is a line of JSON: its place, its headers, its signature as it was checked, and what it says", async () => {
  const { run } = await folder();
  const { code, out } = await run(["decode", "proposals.allowed"]);
  expect(code).toBe(0);
  const [genuine, forged] = linesOf(out);
  const { proposal } = sample("proposals.allowed", "rollback");
  expect(genuine).toMatchObject({ topic: "proposals.allowed", offset: 0, event: { proposal, draft: { proposal } } });
  expect(genuine?.["signature"]).toMatch(/^verified by policy-open [0-9a-f]{16}$/);
  expect(genuine?.headers).toContainEqual({ name: "ce_specversion", value: "1.0" });
  expect(forged?.["signature"]).toBe("no pinned key made this signature");
});

test("what does not decode is shown as its bytes, and what others wrote moves no cursor", async () => {
  const { run } = await folder();
  const { out } = await run(["decode", "alerts"]);
  for (const hidden of ["\u001b", "\u202e"]) expect(out).not.toContain(hidden);
  expect(out).toContain(String.raw`red\u001b[31m \u202eback`);
  const garbage = linesOf(out).find(({ key }) => key === "k");
  expect(garbage).toMatchObject({ id: null, event: null, signature: "not signed", value: "bm8gcmVjb3Jk" });
});

test("without a topic all are shown, and --since leaves out what is older", async () => {
  const { run } = await folder();
  expect(linesOf((await run(["decode"])).out)).toHaveLength(4);
  expect(linesOf((await run(["decode", "--since", "1h"])).out)).toHaveLength(4);
  expect((await run(["decode", "--since", "2999-01-01T00:00:00Z"])).out).toBe("");
});

test("a saved value says by itself of which topic it is", async () => {
  const { data, run } = await folder();
  const file = join(data, "value");
  writeFileSync(file, codec.write("incidents", sample("incidents", "opened")).value);
  expect(linesOf((await run(["decode", file])).out)).toMatchObject([
    { topic: "incidents", event: { change: "opened" } },
  ]);
  writeFileSync(file, "nothing of ours");
  expect(await run(["decode", file])).toMatchObject({ code: 1, err: expect.stringContaining("no value of any topic") });
});

test.each([
  [["decode", "alert"], 2],
  [["decode", "alerts", "incident"], 2],
  [["decode", "alerts", "--since", "yesterday"], 2],
])("%j is no use of it", async (args, code) => expect((await (await folder()).run(args)).code).toBe(code));

test("where there is no bus, a sentence says so", async () => {
  const { run } = terminal({ HOLDFAST_DATA: temporaryFolder() }, () => Date.now(), operatorBus);
  expect(await run(["decode"])).toMatchObject({ code: 3, err: expect.stringContaining("There is no bus in") });
});
