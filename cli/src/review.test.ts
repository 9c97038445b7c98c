import { createServer } from "node:http";
import { openEmbedded } from "@holdfast/bus/embedded";
import { digestOf, shortCode, visible } from "@holdfast/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedOf, changing, deniedOf, openBench, T0, type Bench } from "../../services/approval/src/testing.ts";
import { pinned, served, terminal, type Ran, type Terminal } from "./testing.ts";

let bench: Bench;
let url: string;
let close: () => void;
let ana: Terminal;

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  ({ url, close } = await served(bench.door));
  ana = at(url);
});

afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

function at(door: string, token = bench.people.tokens.ana, keys = pinned(bench.keys.trusted)): Terminal {
  return terminal(
    { HOLDFAST_APPROVAL_URL: door, HOLDFAST_TOKEN: token, HOLDFAST_PUBLIC_KEYS: keys },
    () => bench.clock.now + 60_000,
  );
}

async function open(...made: Parameters<typeof allowedOf>): Promise<{ readonly id: string; readonly code: string }> {
  const { draft, allowed } = allowedOf(...made);
  await bench.publish({ draft, allowed });
  return {
    id: allowed.proposal,
    code: shortCode(digestOf(bench.knowledge.proposals.get(allowed.proposal)?.allowed?.value ?? Buffer.alloc(0))),
  };
}

function votes(id: string): readonly unknown[] {
  return bench.knowledge.proposals.get(id)?.approvals.map(({ event }) => event.vote) ?? [];
}

async function typical(): Promise<{ readonly id: string; readonly code: string }> {
  const container = (image: string, env: readonly object[]): object => ({
    spec: { containers: [{ name: "api", image, env }] },
  });
  return open(
    "typical",
    { nonce: "n" },
    {
      users: "2.1% of requests fail",
      ...changing(
        container("acme/api:2.41.0", [{ name: "PAYMENTS_MODE", value: "v2" }]),
        container("acme/api:2.40.3", []),
        container("acme/api:2.40.3", [{ name: "PAYMENTS_MODE", value: null }]),
      ),
      notUndone: ["ConfigMap api-config", "database migrations"],
      owner: { name: 'Argo CD "payments-api"', says: "its next sync of 9f31c2e reverts it" },
      facts: [{ name: "revision", value: "58, created by argocd", source: "kube", readAt: T0 + 51_000 }],
    },
    {
      evidence: [
        {
          id: "e1",
          source: "kube",
          query: "pods",
          readAt: T0 + 51_000,
          says: "6 of 6 new pods crash, exit 1; 9 of 9 old Ready",
          outsideWritable: false,
        },
        {
          id: "e2",
          source: "log",
          query: "previous",
          readAt: T0 + 51_000,
          says: "starting\nFATAL: PAYMENTS_DSN is not set",
          outsideWritable: true,
        },
      ],
    },
  );
}

describe("the review", () => {
  test("is what a person sees at three in the morning", async () => {
    const { code } = await typical();
    const { out, code: exit } = await ana.run(["review"]);
    expect(out.replaceAll(code, "7QX4-M2")).toMatchInlineSnapshot(`
      "REVIEW 7QX4-M2   rollback_deployment                answer by 03:22 UTC (29 min)
      sandbox / payments / Deployment api   DEV   incident not known
      USERS    2.1% of requests fail
      NOW      2 of 3 pods serve (revision 1); 1 new pod (2) cannot start
      CHANGE   api image  acme/api:2.41.0 -> acme/api:2.40.3
               api env PAYMENTS_MODE  v2 -> (absent)
               2 fields, nothing else
      TOUCHES  this workload: 1 broken pod goes, 1 starts; the 2 serving pods stay
               (scope workload, 3 pods)
      UNDO     kubectl -n payments patch deployment api --type=json -p '... (u: all)
      NOT UNDONE  ConfigMap api-config, database migrations
      STICKS?  Argo CD "payments-api": its next sync of 9f31c2e reverts it
      WHY      signature "crash-after-a-release"; no model needed
               Revision 2 crashes since it was released, and revision 1 was healthy.
        revision: 58, created by argocd                             kube, read 9 s ago
        "6 of 6 new pods crash, exit 1; 9 of 9 old Ready"           kube, read 9 s ago
        "... FATAL: PAYMENTS_DSN is not set"                          log, not trusted
      CHECKED  dry run ok 02:51:02 UTC; allow-review (policy ababab); signed by
               policy, checked here
      MODEL    no model was asked
      VOTES    0 of 1 (role oncall, level 1). You: Ana, level 1: enough
      CODE     7QX4-M2 must be the same on page, phone and here

      YOU WOULD CHANGE  the workload Deployment api in payments of sandbox (dev): 3
               pods
               this workload: 1 broken pod goes, 1 starts; the 2 serving pods stay
      PODS     api-7d9f-x2x4p
      UNDO
      kubectl -n payments patch deployment api --type=json -p '[…]'
      NOT UNDONE  ConfigMap api-config, database migrations
      Type  payments/api  to approve; then you are asked why, for the record
      r reject  d diff  e evidence  u undo  m model  q leave
      Nothing was decided."
    `);
    expect(exit).toBe(1);
  });

  test("is approved by the text alone, and then by a reason", async () => {
    const { id } = await typical();
    const nothing = await ana.run(
      ["review", id],
      ["", "y", "yes", "Y", "payments/api ", "Payments/api", "payments", "d", "e", "u", "m"],
    );
    expect(votes(id)).toEqual([]);
    expect(nothing).toMatchObject({ code: 1, out: expect.stringMatching(/Nothing was decided\.$/) });
    await ana.run(["review", id], ["payments/api", ""]);
    expect(votes(id)).toEqual([]);
    const voted = await approvedWith(["review", id], ["d", "payments/api", "the release is bad"]);
    expect(voted.out).toMatch(/You approved .{7}, rollback_deployment payments\/api\. It is approved\./);
    expect(votes(id)).toMatchObject([
      { decision: "approve", typed: "payments/api", reason: "the release is bad", person: { subject: "ana" } },
    ]);
  });

  /** The executor is not here: what follows an approval is cut short by a rejection's end, so the command is not waited for. */
  async function approvedWith(args: readonly string[], lines: readonly string[]): Promise<Ran> {
    const running = ana.run(args, lines);
    const clock = setInterval(() => (bench.clock.now += 70_000), 100);
    try {
      return await running;
    } finally {
      clearInterval(clock);
    }
  }

  test("of one pod is approved by its short code, and never by Enter or y", async () => {
    const { id, code } = await open("pod", { tier: "one_ack" }, { scope: "pod" });
    expect((await ana.run(["review", id], ["", "y", "yes", "payments/api", code.toLowerCase()])).code).toBe(1);
    expect(votes(id)).toEqual([]);
    expect((await approvedWith(["review", code], [code])).code).toBe(0);
    expect(votes(id)).toMatchObject([{ decision: "approve", typed: null, reason: null }]);
  });

  test("is rejected with r and a reason, and with r alone not", async () => {
    const { id } = await typical();
    expect((await ana.run(["review", id], ["r", " "])).code).toBe(1);
    expect(votes(id)).toEqual([]);
    expect(await ana.run(["review", id], ["r", "wait for the owner"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/You rejected .* It is rejected\./),
    });
    expect(votes(id)).toMatchObject([{ decision: "reject", reason: "wait for the owner" }]);
  });

  test("shows at elevated tiers what it touches and the whole back-out right above the prompt", async () => {
    const command = `kubectl -n payments patch deployment api --type=json -p '${"x".repeat(300)}'`;
    const { id } = await open(
      "full",
      {},
      { backOut: { kind: "command", command, action: null, because: null }, pods: ["api-1", "api-2"] },
    );
    const { out } = await ana.run(["review", id]);
    const full = out.slice(out.indexOf("YOU WOULD CHANGE"), out.indexOf("Type  payments/api"));
    expect(full).toMatch(/: 3\s+pods/);
    for (const part of [command, "api-1, api-2", "NOT UNDONE"]) expect(full).toContain(part);
  });

  test("without anything open, or without a token, is a sentence", async () => {
    expect(await ana.run(["review"])).toMatchObject({ code: 1, err: "No proposal waits for a decision." });
    await typical();
    const nobody = terminal(
      { HOLDFAST_APPROVAL_URL: url, HOLDFAST_TOKEN_FILE: "/nowhere", HOLDFAST_PUBLIC_KEYS: "/nowhere" },
      () => T0,
    );
    expect(await nobody.run(["review"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/you have not said who you are/),
    });
  });
});

test.each([
  ["another action", { action: "delete_pod" }, /DISAGREES: it asked for delete_pod/],
  ["another change in its words", { words: "A harmless restart of one pod." }, /DISAGREES: its words speak of restart/],
  ["the same", { words: "A rollback of the release helps, a restart does not." }, /agrees on action and target/],
])("a model that asked for %s is told from the change", async (_what, drafted, says) => {
  const { id } = await open("model", {}, {}, { by: "model", author: "m", ...drafted });
  expect((await ana.run(["review", id])).out).toMatch(says);
});

describe("a door that lies is not believed", () => {
  /** Passes everything on, and changes what the door says. */
  async function liar(
    change: (path: string, body: Buffer) => Buffer,
  ): Promise<{ readonly liar: Terminal; readonly close: () => void }> {
    const proxy = await served((req, res) => {
      void (async () => {
        const answer = await fetch(`${url}${req.url ?? "/"}`, {
          headers: { authorization: req.headers.authorization ?? "" },
        });
        const signature = answer.headers.get("holdfast-signature");
        res.writeHead(answer.status, {
          "content-type": answer.headers.get("content-type") ?? "",
          ...(signature && { "holdfast-signature": signature }),
        });
        res.end(change(req.url ?? "/", Buffer.from(await answer.arrayBuffer())));
      })();
    });
    return { liar: at(proxy.url), close: proxy.close };
  }

  test.each([
    ["about the target", '"name":"api"', '"name":"web"', "target"],
    ["about the radius", '"podsAffected":3', '"podsAffected":1', "podsAffected"],
    ["about the change", "acme/api:2.40.3", "acme/api:9.9.9", "after"],
    ["about the digest", /"digest":"[0-9a-f]{64}"/, `"digest":"${"0".repeat(64)}"`, "digest"],
    ["about the text to type", '"typedText":"payments/api"', '"typedText":"x"', "typedText"],
  ])("%s", async (_what, true_, false_, field) => {
    const { id } = await typical();
    const { liar: terminal, close: closeProxy } = await liar((path, body) =>
      path === `/v1/proposals/${id}` ? Buffer.from(body.toString().replace(true_, false_)) : body,
    );
    const { out, err, code } = await terminal.run(["review", id], ["payments/api", "because"]);
    expect(err).toMatch(new RegExp(`shows something else than the signed bytes say \\(.*\\b${field}\\b`));
    expect(out).not.toContain("to approve ");
    expect(code).toBe(1);
    expect(await terminal.run(["approve", id, "--typed", "payments/api", "--reason", "x"])).toMatchObject({ code: 1 });
    expect(votes(id)).toEqual([]);
    closeProxy();
  });

  test("about the bytes themselves: without policy's signature nothing is approved", async () => {
    const { id } = await typical();
    const other = await open("other", {}, { podsAffected: 1 });
    const { liar: terminal, close: closeProxy } = await liar((path, body) =>
      path.endsWith("/bytes") ? (bench.knowledge.proposals.get(other.id)?.allowed?.value ?? body) : body,
    );
    expect(await terminal.run(["approve", id, "--typed", "payments/api", "--reason", "x"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/do not bear policy's signature/),
    });
    closeProxy();
  });
});

describe("what others wrote", () => {
  const HOSTILE = "\u001b[2J\u001b]8;;https://evil.example\u0007x\u009b31m\r\u202etxt\u200b\u{e0041}\nREVIEW forged";

  test("never reaches the terminal as it is, in any command, and forges no line", async () => {
    const { id } = await open(
      "hostile",
      {},
      {
        users: HOSTILE,
        now: HOSTILE,
        touches: HOSTILE,
        notUndone: [HOSTILE],
        pods: [HOSTILE],
        owner: { name: HOSTILE, says: HOSTILE },
        dryRunSays: HOSTILE,
        before: Buffer.from(JSON.stringify({ [HOSTILE]: HOSTILE })),
        after: Buffer.from(JSON.stringify({ [HOSTILE]: "x" })),
        backOut: {
          kind: "command",
          command: HOSTILE,
          action: { action: HOSTILE, arguments: [{ name: HOSTILE, value: HOSTILE }] },
          because: HOSTILE,
        },
        facts: [{ name: HOSTILE, value: HOSTILE, source: HOSTILE, readAt: T0 }],
        request: { verb: HOSTILE, path: HOSTILE, contentType: HOSTILE, body: Buffer.from(HOSTILE) },
      },
      {
        by: "model",
        author: HOSTILE,
        because: HOSTILE,
        words: HOSTILE,
        evidence: [{ id: HOSTILE, source: HOSTILE, query: HOSTILE, readAt: T0, says: HOSTILE, outsideWritable: true }],
      },
    );
    await bench.publish(
      deniedOf("no", {
        action: HOSTILE,
        rulings: [{ rule: HOSTILE, reason: HOSTILE, hard: true }],
        wouldHaveBeen: HOSTILE,
      }),
    );
    const commands = [
      ["proposals"],
      ["proposals", "--json"],
      ["incidents"],
      ["show", id],
      ["show", id, "--json"],
      ["show", deniedOf("no").denied.proposal],
      ["show", HOSTILE],
      ["approve", HOSTILE],
    ];
    for (const args of commands) {
      const { out, err } = await ana.run(args);
      expect(visible(out + err)).toBe(out + err);
    }
    const { out } = await ana.run(["review", id], ["d", "e", "u", "m"]);
    expect(visible(out)).toBe(out);
    expect(out.split("\n").filter((line) => line.startsWith("REVIEW"))).toHaveLength(1);
    expect(out).toContain("\\u{1b}[2J");
  });
});

test("--json is the door's answer, byte for byte", async () => {
  const { id } = await typical();
  for (const [args, path] of [
    [["proposals", "--json"], "/v1/proposals?"],
    [["show", id, "--json"], `/v1/proposals/${id}`],
    [["incidents", "--json"], "/v1/incidents"],
  ] as const) {
    expect((await ana.run(args)).out).toBe(await (await fetch(`${url}${path}`)).text());
  }
});

describe("exit codes", () => {
  test.each([
    [0, ["proposals"]],
    [0, ["--help"]],
    [1, ["show", "nobody-there"]],
    [1, ["approve", "ID", "--reason", "no text was typed"]],
    [1, ["reject", "ID"]],
    [0, ["approve", "ID", "--typed", "payments/api", "--reason", "bad release"]],
    [0, ["reject", "ID", "--reason", "wait"]],
    [2, []],
    [2, ["nothing"]],
    [2, ["show"]],
    [2, ["approve", "ID", "--yes"]],
    [2, ["proposals", "--state", "perhaps"]],
    [2, ["review", "a", "b"]],
  ])("%i: %j", async (code, args) => {
    const { id } = await typical();
    expect((await ana.run(args.map((arg) => (arg === "ID" ? id : arg)))).code).toBe(code);
  });

  test("3 where nobody answers", async () => {
    const free = createServer();
    await new Promise<void>((done) => void free.listen(0, "127.0.0.1", done));
    const address = free.address();
    await new Promise((done) => free.close(done));
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const alone = at(`http://127.0.0.1:${port}`);
    expect(await alone.run(["proposals"])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/cannot be reached .*npm start/),
    });
  });

  test("1 where the vote is refused, with the door's own sentence", async () => {
    const { id } = await typical();
    const cid = at(url, bench.people.tokens.cid);
    expect(await cid.run(["approve", id, "--typed", "payments/api", "--reason", "x"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/not taken\. .*role oncall/),
    });
  });
});
