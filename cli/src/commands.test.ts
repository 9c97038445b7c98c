import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApprovers } from "@holdfast/guard";
import { openLogSigner } from "@holdfast/log";
import { logFiles } from "@holdfast/log/files";
import { newKeyPair, signingKey } from "@holdfast/schemas";
import { sample, testCodec, testKeys } from "@holdfast/schemas/testing";
import { makeFolder } from "@holdfast/service";
import { describe, expect, test } from "vitest";
import { openPublisher } from "../../services/audit/src/publish.ts";
import { openStore } from "../../services/audit/src/store.ts";
import { flip, rawRecords } from "../../services/audit/src/testing.ts";
import { pinned, served, temporaryFolder, terminal } from "./testing.ts";

describe("approvers", () => {
  const EMPTY = "# Who may approve.\napprovers: []\n";
  const INDENTED =
    'approvers:\n  - subject: ben\n    name: Ben\n    roles: [oncall]\n    tokenSha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"';

  test.each([
    ["an empty list", EMPTY],
    ["an indented list without a last line break", INDENTED],
  ])("adds to %s somebody whom the token shown identifies", async (_what, text) => {
    const path = join(temporaryFolder(), "approvers.yaml");
    writeFileSync(path, text);
    const me = terminal({ HOLDFAST_APPROVERS: path }, Date.now);
    const { code, out } = await me.run(["approvers", "add", "Ana Ruiz", "--role", "oncall", "--role", "dba"]);
    expect(code).toBe(0);
    const people = openApprovers(readFileSync(path, "utf8"));
    expect(people.identify(out.split("\n").at(-1) ?? "")).toMatchObject({
      subject: "ana-ruiz",
      roles: ["oncall", "dba"],
      level: 1,
    });
    expect(readFileSync(path, "utf8")).not.toContain(out.split("\n").at(-1));
    expect((await me.run(["approvers", "list"])).out).toMatch(/^ana-ruiz +Ana Ruiz +oncall, dba$/m);
  });

  test("warns of a role that no rule names, and says who is in no file", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "approvers.yaml"), EMPTY);
    writeFileSync(join(folder, "guard.cedar"), 'permit (principal in Role::"oncall", action, resource);');
    const me = terminal({ HOLDFAST_CONFIG: folder, HOLDFAST_APPROVERS: join(folder, "approvers.yaml") }, Date.now);
    expect((await me.run(["approvers", "add", "Ana", "--role", "oncall"])).err).toBe("");
    const { code, err } = await me.run(["approvers", "add", "Ben", "--role", "onkall"]);
    expect([code, err]).toEqual([0, expect.stringMatching(/No rule names the role onkall/)]);
    expect((await me.run(["approvers", "list"])).out).toMatch(/^alice .*in memory on the sandbox/m);
  });

  test("changes nothing where the entry cannot be added", async () => {
    const path = join(temporaryFolder(), "approvers.yaml");
    writeFileSync(path, EMPTY);
    const me = terminal({ HOLDFAST_APPROVERS: path }, Date.now);
    await me.run(["approvers", "add", "Ana", "--role", "oncall"]);
    const before = readFileSync(path, "utf8");
    for (const [args, code] of [
      [["Ana", "--role", "oncall"], 1],
      [["Ben"], 2],
      [["<b>", "--role", "oncall"], 1],
      [["Ben", "--role", "On Call"], 1],
    ] as const) {
      expect((await me.run(["approvers", "add", ...args])).code).toBe(code);
    }
    expect(readFileSync(path, "utf8")).toBe(before);
  });
});

describe("windows check", () => {
  const check = async (text: string): Promise<{ code: number; out: string }> => {
    const path = join(temporaryFolder(), "answers.jsonl");
    writeFileSync(path, text);
    return terminal({}, Date.now).run(["windows", "check", path]);
  };
  const right = {
    interval: { times: [{ start_time: "07:00", end_time: "19:00" }] },
    valid: true,
    checks: [[Date.parse("2026-11-22T08:00:00Z") / 1000, 1]],
  };

  test("passes where every answer is ours, and prints how many differ where not", async () => {
    expect(await check(JSON.stringify(right))).toMatchObject({
      code: 0,
      out: "1 intervals, 1 checks: 0 answers differ.",
    });
    const wrong = { ...right, checks: [[right.checks[0]?.[0], 0]] };
    expect(await check(JSON.stringify(wrong))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/1 checks: 1 answers differ\.$/),
    });
  });

  test("says once of a file of another kind what it takes", async () => {
    const path = join(temporaryFolder(), "windows.yaml");
    writeFileSync(path, "windows:\n- name: a\n- name: b\n");
    const { code, err } = await terminal({}, Date.now).run(["windows", "check", path]);
    expect([code, err]).toEqual([2, expect.stringMatching(/holds no JSON lines.*Name a file of JSON lines/)]);
  });

  test("fails on a file that checks nothing, and on none", async () => {
    expect((await check("")).code).toBe(1);
    expect((await terminal({}, Date.now).run(["windows", "check", "/nowhere/at-all"])).code).toBe(2);
    expect((await terminal({}, Date.now).run(["windows", "look", "x"])).code).toBe(2);
  });
});

describe("audit verify", () => {
  const keys = testKeys();
  const pair = newKeyPair();

  /** A data folder with a published log of one signed vote, and of what else is given. */
  function logged(vote: Parameters<typeof rawRecords>[1] = {}): {
    readonly data: string;
    readonly env: Record<string, string>;
  } {
    const data = temporaryFolder();
    const files = logFiles(data);
    makeFolder(files.published);
    const { value, headers } = testCodec(keys).write("approvals", sample("approvals", "vote"));
    using store = openStore(files.store);
    const signer = openLogSigner(signingKey("audit", pair.privatePem).key);
    const publisher = openPublisher({ folder: files.published, store, signer });
    store.append([...rawRecords(3), ...rawRecords(1, { topic: "approvals", value, headers, ...vote })], Date.now());
    publisher.publish();
    const publicKeys = pinned(keys.trusted);
    writeFileSync(join(publicKeys, "audit.pub"), pair.publicPem);
    return { data, env: { HOLDFAST_DATA: data, HOLDFAST_PUBLIC_KEYS: publicKeys } };
  }

  /** The door's files, as the audit service serves them. */
  async function verified({ data, env }: ReturnType<typeof logged>): Promise<{ code: number; out: string }> {
    const { url, close } = await served((req, res) => {
      try {
        res.end(readFileSync(join(logFiles(data).published, req.url ?? "")));
      } catch {
        res.writeHead(404).end();
      }
    });
    try {
      return await terminal({ ...env, HOLDFAST_AUDIT_URL: url }, Date.now).run(["audit", "verify"]);
    } finally {
      close();
    }
  }

  test("says what was verified, with the values and the signatures that are on this machine", async () => {
    expect(await verified(logged())).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^VERIFIED 4 entries, 4 records, 0 gaps\n[^]*4 values fit[^]*1 signed records/),
    });
  });

  test("works on the published files alone, without any service", async () => {
    const { data, env } = logged();
    const { code, out } = await terminal(env, Date.now).run(["audit", "verify", logFiles(data).published]);
    expect([code, out]).toEqual([0, expect.stringMatching(/VERIFIED 4 entries[^]*values are not on this machine/)]);
  });

  test.each([
    ["an entry that was changed", "tile/entries/000.p/4"],
    ["a hash that was changed", "tile/0/000.p/4"],
    ["a checkpoint that was changed", "checkpoint"],
  ])("fails on %s", async (_what, file) => {
    const log = logged();
    flip(join(logFiles(log.data).published, file), 40);
    expect(await verified(log)).toMatchObject({ code: 1, out: expect.stringMatching(/^BROKEN: /) });
  });

  test("fails on a whole log that holds a vote which approval did not sign", async () => {
    const forged = testCodec(testKeys()).write("approvals", sample("approvals", "vote"));
    expect(await verified(logged(forged))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/1 OF ITS RECORDS ARE NOT SIGNED[^]*approvals\/0\/0: no pinned key of approval/),
    });
  });

  test("names the folder that it wants where it was given the data's", async () => {
    const { data, env } = logged();
    const { code, err } = await terminal(env, Date.now).run(["audit", "verify", data]);
    expect(code).toBe(1);
    expect(err).toContain(`Did you mean ${logFiles(data).published}?`);
  });

  test("fails where there is nothing to verify, and where another key signed", async () => {
    const { env } = logged();
    expect((await terminal(env, Date.now).run(["audit", "verify", temporaryFolder()])).code).toBe(1);
    const other = logged();
    writeFileSync(join(other.env["HOLDFAST_PUBLIC_KEYS"] ?? "", "audit.pub"), newKeyPair().publicPem);
    expect(await verified(other)).toMatchObject({ code: 1, out: expect.stringMatching(/BROKEN/) });
  });
});

test("audit show tells the story of an incident, which is no proposal", async () => {
  const incident = "1f48d1c3-3002-5667-8ef0-8482e514b0e0";
  const { url, close } = await served((req, res) => {
    const event = { index: 7, topic: "incidents", event: { change: "opened", because: "an alert fires" } };
    const isAsked = new URL(req.url ?? "", "http://localhost").searchParams.get("incident") === incident;
    res.end(JSON.stringify({ events: isAsked ? [event] : [], next: null }));
  });
  const { code, out } = await terminal({ HOLDFAST_AUDIT_URL: url }, Date.now).run(["audit", "show", incident]);
  close();
  expect([code, out]).toEqual([0, expect.stringMatching(/ 7 .*incidents +opened: an alert fires/)]);
});
