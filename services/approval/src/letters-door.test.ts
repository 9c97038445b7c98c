import { deadLetter, type Raw } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { testCodec, sample } from "@holdfast/schemas/testing";
import { PARTITIONS, stepId, type Incident } from "@holdfast/schemas";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allowedOf, openBench, served, type Bench } from "./testing.ts";

let bench: Bench;
let url: string;
let close: () => void;
const handled: string[] = [];

beforeEach(async () => {
  handled.length = 0;
  bench = await openBench(openEmbedded);
  ({ url, close } = await served(bench.door));
});

afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

const opened = sample("incidents", "opened");
const joined = (step: string): Incident => ({
  ...opened,
  id: stepId(opened.incident, step),
  change: "joined",
  because: step,
});

/** An incident that policy holds because of one poisoned record, and a record that followed it. */
async function held(): Promise<string> {
  const codec = testCodec(bench.keys);
  const garbling: typeof codec = {
    ...codec,
    write: (topic, event) => ({ ...codec.write(topic, event), value: Buffer.from("not a record") }),
  };
  await bench.put("incidents", opened);
  await using poisoner = await openEmbedded({ file: bench.file, codec: garbling, service: "triage" });
  await poisoner.publish("incidents", opened.incident, joined("poison"));
  await bench.put("incidents", joined("after"));
  const handler = async ({ event }: { event: Incident }): Promise<void> => void handled.push(event.because);
  await bench.bus.subscribe(["incidents"], "policy", handler, { concurrency: 1, exclusive: true, parked: "hold-key" });
  const letters = await listed(2);
  return String(letters.find(({ state }) => state === "holds")?.["id"]);
}

type Body = Readonly<Record<string, unknown>>;

async function get(path: string): Promise<{ status: number; body: Body }> {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function listed(count: number): Promise<readonly Body[]> {
  for (let look = 0; look < 500; look += 1) {
    const letters = (await get("/v1/dead-letters")).body["letters"] as readonly Body[];
    if (letters.length >= count) return letters;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return expect.fail(`there are not ${count} letters`);
}

async function post(path: string, token: string | undefined, body: unknown): Promise<{ status: number; body: Body }> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Body };
}

const because = { reason: "a test said so" };

test("what is held says since when, by which letter, and how it is released: in the list, at the incident and in the inbox", async () => {
  const id = await held();
  const [first, second] = await listed(2);
  expect(first).toMatchObject({ id, state: "holds", errorClass: "undecodable", waiting: [second?.["id"]] });
  expect(second).toMatchObject({ state: "follows", heldBy: id, errorClass: "held" });
  const { body } = await get(`/v1/incidents/${opened.incident}`);
  expect(body["held"]).toMatchObject([{ letter: id, waiting: 1 }]);
  const says = `holdfast dead-letters release ${id.slice(0, 8)} --reason TEXT`;
  expect(JSON.stringify(body["held"])).toContain(says);
  for (const page of ["/", `/incidents/${opened.incident}`])
    expect(await (await fetch(`${url}${page}`)).text()).toContain(says);
  const { record } = (await get(`/v1/dead-letters/${id.slice(0, 8)}`)).body as { record: { value: string } };
  expect(Buffer.from(record.value, "base64").toString()).toBe("not a record");
});

test("a proposal of a held incident says that nothing is settled for now", async () => {
  const made = allowedOf("one");
  await bench.publish(made);
  const id = await held();
  const page = await (await fetch(`${url}/proposals/${made.allowed.proposal}`)).text();
  expect(made.allowed.incident).toBe(opened.incident);
  expect(page).toContain(`holdfast dead-letters release ${id.slice(0, 8)} --reason TEXT`);
});

test("a person releases an incident with a reason, signed by approval, and what had followed goes on", async () => {
  const id = await held();
  const { status, body } = await post(`/v1/dead-letters/${id}/release`, bench.people.tokens.ana, because);
  expect([status, body["decision"]]).toEqual([201, "release"]);
  expect(body["letter"]).toMatchObject({ state: "released", decisions: [{ by: "Ana", reason: because.reason }] });
  for (let look = 0; look < 500 && handled.length < 2; look += 1) await new Promise((done) => setTimeout(done, 20));
  expect(handled).toEqual([opened.because, "after"]);
  const repeated = await post(`/v1/dead-letters/${id}/release`, bench.people.tokens.ben, because);
  expect([repeated.status, repeated.body["id"]]).toEqual([201, body["id"]]);
  expect((await get(`/v1/incidents/${opened.incident}`)).body["held"]).toBeUndefined();
});

test("a drop is recorded once, and can still be released", async () => {
  const id = await held();
  expect((await post(`/v1/dead-letters/${id}/drop`, bench.people.tokens.ana, because)).status).toBe(201);
  expect((await listed(2))[0]).toMatchObject({ id, state: "dropped" });
  expect((await post(`/v1/dead-letters/${id}/release`, bench.people.tokens.ana, because)).status).toBe(201);
  expect((await listed(2)).find((letter) => letter["id"] === id)).toMatchObject({ state: "released" });
});

test("each check comes before those below it: 401, 400, 404, 409", async () => {
  const id = await held();
  const { ana } = bench.people.tokens;
  const follower = String((await listed(2))[1]?.["id"]);
  expect((await post("/v1/dead-letters/none/release", undefined, {})).status).toBe(401);
  expect((await post("/v1/dead-letters/none/release", "no such token", {})).status).toBe(401);
  expect((await post("/v1/dead-letters/none/release", ana, {})).status).toBe(400);
  expect((await post(`/v1/dead-letters/${id}/release`, ana, { reason: "  " })).status).toBe(400);
  expect((await post("/v1/dead-letters/none/release", ana, because)).status).toBe(404);
  const { status, body } = await post(`/v1/dead-letters/${follower}/release`, ana, because);
  expect([status, body["detail"]]).toEqual([409, expect.stringContaining(id)]);
  expect((await post(`/v1/dead-letters/${id}/forget`, ana, because)).status).toBe(404);
  expect(handled).toEqual([opened.because]);
});

test("a letter that does not agree with its record is not shown, and nothing can be decided about it", async () => {
  await bench.put("incidents", opened);
  const raw: Raw = {
    topic: "incidents",
    partition: 0,
    offset: 77,
    time: 0,
    key: opened.incident,
    value: null,
    headers: [],
  };
  const fault = { errorClass: "undecodable", why: "so they say", attempts: 1 } as const;
  const lie = deadLetter(raw, { group: "policy", holds: true }, fault, 0);
  await bench.view.reached(await bench.bus.publish("dead-letters", opened.incident, lie));
  const genuine = await held();
  expect((await listed(2)).map((letter) => letter["id"])).not.toContain(lie.id);
  expect(genuine).not.toBe(lie.id);
  expect((await post(`/v1/dead-letters/${lie.id}/release`, bench.people.tokens.ana, because)).status).toBe(404);
});

test("a lie that took the id of a letter or of a decision before it came hides neither", async () => {
  const told = { topic: "incidents", partition: 0, offset: 0, time: 0, key: opened.incident, value: null } as const;
  const fault = { errorClass: "undecodable", why: "so they say", attempts: 1 } as const;
  const lie = deadLetter({ ...told, headers: [] }, { group: "policy", holds: true }, fault, 0);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const taken = stepId(`incidents/${partition}/1`, "dead-letter/policy");
    for (const id of [taken, stepId(taken, "release")])
      await bench.bus.publish("dead-letters", opened.incident, { ...lie, id });
  }
  const id = await held();
  const { status, body } = await post(`/v1/dead-letters/${id}/release`, bench.people.tokens.ana, because);
  expect([status, body["letter"]]).toMatchObject([201, { state: "released" }]);
});

test("a letter of a time that no calendar has is shown like any other", async () => {
  const published = await bench.bus.publish("incidents", opened.incident, opened);
  const headers = (await bench.bus.recordsAt([published]))[0]?.headers ?? [];
  const fault = { errorClass: "undecodable", why: "so they say", attempts: 1 } as const;
  const raw: Raw = { ...published, topic: "incidents", key: opened.incident, headers };
  const letter = deadLetter(raw, { group: "policy", holds: false }, fault, 9e15);
  await bench.view.reached(await bench.bus.publish("dead-letters", opened.incident, letter));
  expect(await listed(1)).toMatchObject([{ id: letter.id, since: "+275760-09-13T00:00:00.000Z" }]);
});
