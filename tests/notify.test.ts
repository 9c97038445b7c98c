import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, read, startAll, until, type Running } from "./running.ts";
import { breakDown, outcome, proposed, vote, type Shown } from "./story.ts";

/** Somebody is told, on real processes: when a proposal waits, and how it ended, also where approval dies in between. */

const TIMEOUT = 120_000;
const TOKEN = "the-token-of-the-receiver";

type Message = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly event: string;
  readonly link: string;
};

const heard: { readonly message: Message; readonly token: string | undefined }[] = [];
let receiver: Server;
let running: Running;
/** Approval dies while the receiver has the message and has not answered yet. */
let killsNext = false;

async function receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
  heard.push({ message: (await json(req)) as Message, token: req.headers.authorization });
  if (killsNext) {
    killsNext = false;
    running.holdfast().kill("approval");
    return;
  }
  res.writeHead(200).end();
}

beforeAll(async () => {
  receiver = createServer((req, res) => void receive(req, res));
  await new Promise<void>((done) => void receiver.listen(0, "127.0.0.1", done));
  const { port } = receiver.address() as AddressInfo;
  running = await startAll({
    HOLDFAST_NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${port}/holdfast`,
    HOLDFAST_NOTIFY_WEBHOOK_TOKEN: TOKEN,
  });
}, TIMEOUT);

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  receiver.close();
}, TIMEOUT);

const told = (event: string, { id }: Pick<Shown, "id">): Promise<Message> =>
  until(`the message that ${id} is ${event}`, async () => {
    const found = heard.find(({ message }) => message.event === event && message["proposal"] === id);
    return found?.message;
  });

test(
  "a proposal is told with a link that opens, its end is told after a crash in between, and nothing is told twice",
  { timeout: TIMEOUT },
  async () => {
    await breakDown(running, "bad-rollout");
    const open = await proposed(
      running,
      "a rollback",
      ({ state, target }) => state === "open" && target.name === "api",
    );
    const opened = await told("opened", open);
    expect(opened).toMatchObject({
      state: "open",
      action: open.action,
      environment: open.environment,
      target: { namespace: "payments", name: "api" },
      tier: open.tier,
    });
    const page = await fetch(opened.link);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(String(opened["code"]))]);

    running.holdfast().kill("approval");
    await until("approval after its crash", async () => {
      const { active } = await read<{ active: boolean }>(running, "approval", "/v1/notifier");
      return active ? true : undefined;
    });
    expect((await vote(running, open)).status).toBe(201);
    const { state } = await outcome(running, open);
    expect(await told("ended", open)).toMatchObject({ state, code: opened["code"] });

    const ids = heard.map(({ message }) => message.id);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(new Set(heard.map(({ token }) => token))).toEqual(new Set([`Bearer ${TOKEN}`]));
  },
);

test(
  "where approval dies before it heard that a message arrived, it is told once more, under the same id",
  { timeout: TIMEOUT },
  async () => {
    const before = heard.length;
    killsNext = true;
    await breakDown(running, "stuck-pod");
    const twice = await until("the same message again", async () => {
      const [first, ...more] = heard.slice(before);
      return first !== undefined && more.some(({ message }) => message.id === first.message.id) ? first : undefined;
    });
    expect(twice.message.event).toBe("opened");
  },
);

test("a test message is for a known person, and says what each target answered", { timeout: TIMEOUT }, async () => {
  expect((await ask(running, "approval", "/v1/notifier/test", {}, "nobody-s-token")).status).toBe(401);
  const { status, body } = await ask(running, "approval", "/v1/notifier/test", {});
  expect([status, body]).toEqual([200, { targets: [{ name: "webhook", outcome: "sent", says: "it answered 200" }] }]);
  expect(heard.at(-1)?.message.event).toBe("test");
});
