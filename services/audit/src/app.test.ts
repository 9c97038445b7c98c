import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Bus, Raw } from "@holdfast/bus";
import { checkReceipt, parseVkey, verifyLog } from "@holdfast/log";
import { logFiles, openValues, readFolder, type LogFiles } from "@holdfast/log/files";
import type { Events, Message, Topic } from "@holdfast/schemas";
import { listen, openMetrics } from "@holdfast/service";
import { describe, expect, test } from "vitest";
import { onLoopback, withToken } from "./access.ts";
import { openAudit, type Audit } from "./app.ts";
import { openDoor } from "./door.ts";
import type { Page } from "./events.ts";
import * as story from "./testing-events.ts";
import { SIGNER, temporaryFolder } from "./testing.ts";

const NOW = 1_790_000_100_000;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Topics in memory: hands over what is there from the positions asked for, then what is put, in order; ends with the first error. */
function topicsInMemory(): {
  readonly bus: Pick<Bus, "follow">;
  readonly put: (topic: Topic, message: Omit<Message, "id">, key?: string) => Promise<Raw>;
  readonly skip: (topic: Topic, count: number) => void;
} {
  const records: Raw[] = [];
  const ends = new Map<Topic, number>();
  let onBatch: ((batch: readonly Raw[]) => Promise<void>) | undefined;
  return {
    skip: (topic, count) => void ends.set(topic, (ends.get(topic) ?? 0) + count),
    put: async (topic, { value, headers }, key = "key") => {
      const offset = ends.get(topic) ?? 0;
      ends.set(topic, offset + 1);
      const record: Raw = { topic, partition: 0, offset, time: NOW, key, value, headers };
      records.push(record);
      await onBatch?.([record]);
      return record;
    },
    bus: {
      follow: (topics, from, take) => {
        onBatch = take;
        const asked = records.filter(
          ({ topic, offset }) =>
            topics.includes(topic) && offset >= (from.find((next) => next.topic === topic)?.offset ?? 0),
        );
        const caughtUp = asked.length === 0 ? Promise.resolve() : take(asked);
        return {
          caughtUp,
          ended: new Promise(() => undefined),
          behind: async () => 0,
          [Symbol.asyncDispose]: async () => void (onBatch = undefined),
        };
      },
    },
  };
}

const ANYTHING = { value: Buffer.from("anything"), headers: [] };

type Topics = ReturnType<typeof topicsInMemory>;

function audit(files: LogFiles, { bus }: Pick<Topics, "bus">, keys = "these"): Audit {
  return openAudit({
    bus,
    files,
    signer: SIGNER,
    codec: story.codec,
    keys,
    log: silent,
    metrics: openMetrics("audit"),
    now: () => NOW,
  });
}

async function put<T extends Topic>(topics: Topics, topic: T, event: Events[T]): Promise<Raw> {
  return topics.put(topic, story.codec.write(topic, event));
}

async function putStory(topics: Topics): Promise<void> {
  await put(topics, "alerts", story.alert);
  await put(topics, "incidents", story.opened);
  await put(topics, "proposals.drafted", story.drafted);
  await put(topics, "proposals.allowed", story.allowed);
  await put(topics, "approvals", story.vote);
  await put(topics, "proposals.approved", story.approved);
  await put(topics, "executions", story.started);
}

async function openedDoor(opened: Audit, files: LogFiles, guard = onLoopback()) {
  const door = openDoor({
    recorder: opened.recorder,
    events: opened.events,
    folder: files.published,
    vkey: SIGNER.vkey,
    log: silent,
    guard,
  });
  const listening = await listen(door, { host: "127.0.0.1", port: 0, hostSetting: "HOST", portSetting: "PORT" });
  return {
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${listening.url}${path}`, { headers }),
    json: async (path: string): Promise<unknown> => (await fetch(`${listening.url}${path}`)).json(),
    page: async (path: string): Promise<Page> => {
      const body: unknown = await (await fetch(`${listening.url}${path}`)).json();
      expect(body).toEqual({
        events: expect.any(Array),
        next: expect.toSatisfy((next) => next === null || Number.isInteger(next)),
      });
      return body as Page;
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

describe("the audit service", () => {
  test("records what is published, goes on where it stood after a restart, and the whole verifies with its values", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    {
      await using _ = audit(files, topics);
      await putStory(topics);
    }
    await put(topics, "alerts", { ...story.alert, id: "another" });
    await using again = audit(files, topics);
    await again.following.caughtUp;
    expect(again.recorder.checkpoint().size).toBe(8);
    using values = openValues(files.store);
    expect(
      await verifyLog({ read: readFolder(files.published), vkey: SIGNER.vkey, values: values.read }),
    ).toMatchObject({ outcome: "verified", size: 8, records: 8, valuesChecked: 8 });
  });

  test("signs for a record at once, and asks for the next ones only when some may share a checkpoint", async () => {
    using folder = temporaryFolder();
    const topics = topicsInMemory();
    await using opened = audit(logFiles(folder.path), topics);
    const asksOn = topics.put("alerts", ANYTHING);
    expect(opened.recorder.checkpoint().size).toBe(1);
    expect(await Promise.race([asksOn, nextTurn("not yet")])).toBe("not yet");
    await asksOn;
  });

  test("does not wait for company where there is a crowd", async () => {
    using folder = temporaryFolder();
    const topics = topicsInMemory();
    for (let count = 0; count < 200; count += 1) await topics.put("alerts", ANYTHING);
    await using opened = audit(logFiles(folder.path), topics);
    expect(await Promise.race([opened.following.caughtUp, nextTurn("not yet")])).toBe(undefined);
  });

  test("a second writer of the same log is refused", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    await using _ = audit(files, topicsInMemory());
    expect(() => audit(files, topicsInMemory())).toThrow("Another audit service is writing this log");
  });

  test("a damaged store is refused with a sentence, and nothing stays open", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    mkdirSync(dirname(files.store), { recursive: true });
    mkdirSync(files.published);
    mkdirSync(`${files.published}/tile`);
    expect(() => audit(files, topicsInMemory())).toThrow("The log does not go on");
    rmSync(files.published, { recursive: true });
    await using _ = audit(files, topicsInMemory());
  });
});

describe("GET /v1/events", () => {
  test("tells one proposal's story, with the signed bytes inside decoded", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await putStory(topics);
    await using door = await openedDoor(opened, files);
    const page = await door.page(`/v1/events?proposal=${story.drafted.proposal}`);
    expect(page.next).toBeNull();
    expect(page.events.map(({ topic }) => topic)).toEqual([
      "proposals.drafted",
      "proposals.allowed",
      "approvals",
      "proposals.approved",
      "executions",
    ]);
    expect(page.events[3]).toMatchObject({
      index: 5,
      topic: "proposals.approved",
      partition: 0,
      offset: 0,
      recordedAt: NOW,
      id: story.approved.id,
      incident: story.approved.incident,
      proposals: [story.approved.proposal],
      event: {
        digest: story.approved.digest,
        allowed: {
          payload: {
            tier: "one-ack",
            draft: { because: "it crashes since the release" },
            plan: { before: { image: "cart:2" }, request: { body: [{ op: "test" }] }, backOut: { kind: "self-heals" } },
          },
        },
        votes: [{ envelope: { payload: { vote: { person: { subject: "alice" } } } } }],
      },
    });
    expect(page.events[4]).toMatchObject({ event: { state: "started" } });
  });

  test("an incident's events include its alerts, though an alert does not know its incident", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await putStory(topics);
    await put(topics, "alerts", { ...story.alert, id: "of nobody" });
    await using door = await openedDoor(opened, files);
    const page = await door.page(`/v1/events?incident=${story.opened.incident}`);
    expect(page.events).toHaveLength(7);
    expect(page.events[0]).toMatchObject({
      topic: "alerts",
      id: story.alert.id,
      incident: story.opened.incident,
      proposals: [],
    });
    expect(await door.json("/v1/events?topic=alerts")).toMatchObject({
      events: [{ incident: story.opened.incident }, { incident: null }],
    });
  });

  test("pages by exclusive index, and next is null at the end", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await putStory(topics);
    await using door = await openedDoor(opened, files);
    const indexes: number[] = [];
    let after: number | null = -1;
    let pages = 0;
    while (after !== null) {
      const page: Page = await door.page(`/v1/events?limit=3${after < 0 ? "" : `&after=${after}`}`);
      indexes.push(...page.events.map(({ index }) => index));
      after = page.next;
      pages += 1;
    }
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pages).toBe(3);
    expect(await door.json("/v1/events?after=6")).toEqual({ events: [], next: null });
  });

  test("shows each event once; repeats, forgeries and gaps only when every entry is asked for", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await topics.put("executions", {
      value: story.codec.write("executions", { ...story.started, state: "succeeded" }).value,
      headers: [],
    });
    await put(topics, "executions", story.started);
    await put(topics, "executions", { ...story.started, because: "a later body" });
    topics.skip("executions", 2);
    await topics.put("executions", { value: Buffer.from("nonsense"), headers: [] });
    await using door = await openedDoor(opened, files);
    const once = await door.page("/v1/events");
    expect(once.events).toMatchObject([{ index: 1, id: story.started.id, event: { because: "approved" } }]);
    const all = await door.page("/v1/events?duplicates=1");
    expect(all.events.map(({ id, why }) => id ?? why)).toEqual([
      "unverified: the record carries no signature that can be read",
      story.started.id,
      story.started.id,
      "the offsets from 3 to 4 are missing",
      "unverified: the record carries no signature that can be read",
    ]);
    expect(all.events[0]).toMatchObject({ event: null, incident: null, proposals: [] });
  });

  test("is read again from the log when other keys are believed, or the view is lost", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    {
      await using _ = audit(files, topics);
      await putStory(topics);
    }
    for (const change of [() => "other keys", () => (rmSync(files.events), "other keys")]) {
      await using again = audit(files, topics, change());
      expect(again.events.page({ after: -1, limit: 100, duplicates: false }).events).toHaveLength(7);
    }
  });

  test.each([
    ["topic=secrets", 'There is no topic "secrets".'],
    ["after=-1", "after must be a log index"],
    ["limit=501", "limit must be from 1 to 500."],
    ["limit=0", "limit must be from 1 to 500."],
    ["duplicates=yes", "duplicates must be 1"],
    ["propsal=x", 'There is no parameter "propsal"'],
    ["after=1&after=2", "may be given once"],
  ])("refuses ?%s with a sentence", async (query, sentence) => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    await using opened = audit(files, topicsInMemory());
    await using door = await openedDoor(opened, files);
    const answer = await door.get(`/v1/events?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(sentence) });
  });
});

describe("GET /v1/receipts", () => {
  test("waits for the record, and the receipt convinces whoever pinned the key", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await using door = await openedDoor(opened, files);
    const asked = door.json("/v1/receipts/executions/0/0");
    const record = await put(topics, "executions", story.started);
    expect(checkReceipt(await asked, record, parseVkey(SIGNER.vkey))).toEqual({
      outcome: "receipted",
      index: 0,
      size: 1,
    });
    expect(
      checkReceipt(
        await door.json("/v1/receipts/executions/0/0"),
        { ...record, value: Buffer.from("other") },
        parseVkey(SIGNER.vkey),
      ),
    ).toMatchObject({ outcome: "refused" });
  });

  test("says that there is none when the record does not come", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    await using opened = audit(files, topicsInMemory());
    await using door = await openedDoor(opened, files);
    const answer = await door.get("/v1/receipts/executions/0/0");
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      detail: expect.stringContaining("There is no receipt for executions/0/0"),
    });
    expect((await door.get("/v1/receipts/executions/zero/0")).status).toBe(400);
  });
});

describe("the static files", () => {
  test("verify over HTTP as they do on disk", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    const topics = topicsInMemory();
    await using opened = audit(files, topics);
    await putStory(topics);
    await using door = await openedDoor(opened, files);
    const read = async (path: string) => {
      const answer = await door.get(`/${path}`);
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
    };
    const vkey = await (await door.get("/vkey")).text();
    expect(vkey).toBe(`${SIGNER.vkey}\n`);
    expect(await verifyLog({ read, vkey })).toMatchObject({ outcome: "verified", size: 7 });
    expect((await door.get("/checkpoint")).headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await door.get("/tile/0/000.p/7")).headers.get("content-type")).toBe("application/octet-stream");
  });

  test.each(["/tile/0/001", "/tile/%2e%2e/store.db", "/tile/0/..%2f..%2f..%2fstore.db", "/store.db", "/"])(
    "nothing else is served: %s",
    async (path) => {
      using folder = temporaryFolder();
      const files = logFiles(folder.path);
      await using opened = audit(files, topicsInMemory());
      await using door = await openedDoor(opened, files);
      expect((await door.get(path)).status).toBe(404);
    },
  );
});

describe("access", () => {
  test("elsewhere than on loopback events and receipts need a token; checkpoint, key and tiles are for anybody", async () => {
    using folder = temporaryFolder();
    const files = logFiles(folder.path);
    await using opened = audit(files, topicsInMemory());
    await using door = await openedDoor(
      opened,
      files,
      withToken((token) => token === "right"),
    );
    expect((await door.get("/v1/events")).status).toBe(401);
    expect((await door.get("/v1/events", { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await door.get("/v1/receipts/executions/0/0")).status).toBe(401);
    expect((await door.get("/v1/events", { authorization: "Bearer right" })).status).toBe(200);
    expect((await door.get("/checkpoint")).status).toBe(200);
  });
});
