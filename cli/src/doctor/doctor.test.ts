import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EMPTY_ROOT, openLogSigner, signCheckpoint } from "@holdfast/log";
import { newKeyPair, schemasDigest, signingKey } from "@holdfast/schemas";
import { VERSION } from "@holdfast/service";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { served, temporaryFolder, terminal, type Ran } from "../testing.ts";

/** The command as a person runs it, against doors that are served here and files that are made here. */

const NOW = Date.parse("2026-11-22T03:00:00Z");
const SIGNERS = ["approval", "policy-close", "policy-open", "executor", "audit"] as const;
const TOKENS = ["intake", "audit", "approver", "sandbox-triage", "sandbox-policy", "sandbox-executor"];
const SERVICES = ["INTAKE", "TRIAGE", "POLICY", "APPROVAL", "EXECUTOR", "AUDIT"];

const KEY = "sk-the-key-of-the-test";

type Answers = {
  time: number;
  unready: string | undefined;
  metrics: string;
  me: object | undefined;
  notifier: object;
  test: { readonly status: number; readonly body: object };
};

let data: string;
let env: Record<string, string>;
let answers: Answers;
let checkpoint: Buffer;
let asked: string[];

beforeEach(async () => {
  data = temporaryFolder();
  mkdirSync(join(data, "secrets"), { mode: 0o700 });
  mkdirSync(join(data, "keys"));
  for (const name of TOKENS)
    writeFileSync(join(data, "secrets", `${name}.token`), `secret of ${name}`, { mode: 0o600 });
  for (const signer of SIGNERS) {
    const { privatePem, publicPem } = newKeyPair();
    if (signer === "audit")
      checkpoint = signCheckpoint({ size: 0, root: EMPTY_ROOT }, openLogSigner(signingKey(signer, privatePem).key));
    writeFileSync(join(data, "secrets", `${signer}.key`), privatePem, { mode: 0o600 });
    writeFileSync(join(data, "keys", `${signer}.pub`), publicPem);
  }
  answers = {
    time: NOW,
    unready: undefined,
    metrics: `holdfast_build_info{version="${VERSION}"} 1\nholdfast_schemas_info{digest="${schemasDigest()}"} 1\n`,
    me: { name: "Ana Ruiz", roles: ["oncall"], level: 1 },
    notifier: { active: true, targets: [] },
    test: { status: 200, body: { targets: [] } },
  };
  asked = [];
  const { url, close } = await served((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    const say = (status: number, body: object | string): void => {
      res
        .writeHead(status, { date: new Date(answers.time).toUTCString() })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    };
    switch (req.url ?? "") {
      case "/healthz":
        return say(200, { status: "alive", time: new Date(answers.time).toISOString() });
      case "/readyz":
        return answers.unready === undefined ? say(200, {}) : say(503, { detail: answers.unready });
      case "/metrics":
        return say(200, answers.metrics);
      case "/model/v1/models?limit=1000":
        return req.headers["x-api-key"] === KEY ? say(200, { data: [{ id: "claude-of-tests" }] }) : say(401, {});
      case "/checkpoint":
        return say(200, checkpoint.toString());
      case "/v1/me":
        return answers.me === undefined ? say(401, {}) : say(200, answers.me);
      case "/v1/notifier":
        return say(200, answers.notifier);
      case "/v1/notifier/test":
        return say(answers.test.status, answers.test.body);
      case "/prometheus/-/ready":
      case "/alertmanager/-/ready":
        return say(200, "ready");
      default:
        return say(404, {});
    }
  });
  onTestFinished(close);
  const { port } = new URL(url);
  env = {
    HOLDFAST_DATA: data,
    HOLDFAST_SANDBOX_PORT: port,
    HOLDFAST_APPROVAL_PORT: port,
    HOLDFAST_AUDIT_PORT: port,
    ...Object.fromEntries(SERVICES.map((service) => [`HOLDFAST_${service}_ADMIN_PORT`, port])),
  };
});

const doctor = (...args: readonly string[]): Promise<Ran> => terminal(env, () => NOW).run(["doctor", ...args]);

/** The findings of one check. */
async function of(name: string, ...args: readonly string[]): Promise<string> {
  const { out } = await doctor("--json", ...args);
  const { checks } = JSON.parse(out) as {
    checks: readonly { name: string; findings: readonly { mark: string; says: string; fix?: string }[] }[];
  };
  const findings = checks.find((check) => check.name === name)?.findings ?? [];
  return findings.map(({ mark, says, fix = "" }) => `${mark}: ${says} -> ${fix}`).join("\n");
}

test("each check says what is well in a line, and every line fits 80 columns", async () => {
  const { out } = await doctor();
  const lines = out.split("\n");
  for (const name of [
    "settings",
    "doors",
    "clocks",
    "secrets",
    "keys",
    "person",
    "versions",
    "bus",
    "telemetry",
    "disk",
  ])
    expect([name, lines.some((line) => new RegExp(`^ok +${name} `).test(line))]).toEqual([name, true]);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("all well ends with 0, what asks for something with 1, and nothing that answers with 3", async () => {
  expect((await doctor()).code).toBe(0);
  answers.unready = "It is starting.";
  expect((await doctor()).code).toBe(1);
  for (const service of SERVICES) env[`HOLDFAST_${service}_ADMIN_PORT`] = "1";
  const { code, out } = await doctor();
  expect(code).toBe(3);
  expect(out).toMatch(/FAIL +doors +no service answers[^]*npm start/);
});

test("a service that is away is named with the setting that moves it, one that is not ready with its own sentence", async () => {
  env["HOLDFAST_POLICY_ADMIN_PORT"] = "1";
  expect(await of("doors")).toMatch(/bad: policy does not answer[^]*HOLDFAST_POLICY_HOST and _ADMIN_PORT/);
  env["HOLDFAST_TRIAGE_HOST"] = "0.0.0.0";
  env["HOLDFAST_AUDIT_HOST"] = "no-such-host.invalid";
  expect(await of("doors")).toMatch(/bad: audit does not answer at http:\/\/no-such-host\.invalid:/);
  answers.unready = "The cluster does not answer.";
  expect(await of("doors")).toMatch(/warn: triage is not ready: The cluster does not answer\./);
});

test.each([
  [900, "well"],
  [1_500, "warn"],
  [-1_500, "warn"],
  [6_000, "bad"],
])("a clock that is %i ms ahead is %s", async (ms, mark) => {
  answers.time = NOW + ms;
  expect(await of("clocks")).toMatch(new RegExp(`^${mark}: `));
});

test("the broker's clock counts as each service sees it", async () => {
  answers.metrics += "holdfast_bus_clock_ahead_seconds -7\n";
  expect(await of("clocks")).toMatch(/bad: the clock of the broker is 7\.0 s behind intake's/);
});

test("a secret that others can read, that is missing, or that two share is found", async () => {
  chmodSync(join(data, "secrets", "approval.key"), 0o640);
  rmSync(join(data, "secrets", "intake.token"));
  copyFileSync(join(data, "secrets", "audit.token"), join(data, "secrets", "approver.token"));
  const says = await of("secrets");
  expect(says).toMatch(/bad: \S+approval\.key has mode 640[^\n]*chmod/);
  expect(says).toMatch(/warn: \S+intake\.token is missing/);
  expect(says).toMatch(/bad: audit\.token and approver\.token hold the same secret/);
  expect(says).not.toContain("secret of");
});

test("a credential of the cluster that others can read is found where it is named", async () => {
  const kubeconfig = join(data, "kubeconfig");
  writeFileSync(kubeconfig, "apiVersion: v1", { mode: 0o644 });
  env["HOLDFAST_EXECUTOR_KUBECONFIG"] = kubeconfig;
  expect(await of("secrets")).toMatch(/bad: \S+kubeconfig has mode 644/);
});

test("a private key whose public half is not pinned, and a pin that is missing, are found", async () => {
  writeFileSync(join(data, "keys", "executor.pub"), newKeyPair().publicPem);
  rmSync(join(data, "keys", "audit.pub"));
  const says = await of("keys");
  expect(says).toMatch(/bad: the key of executor is not the one that is pinned/);
  expect(says).toMatch(/bad: no public key of audit is pinned/);
  expect(says).not.toMatch(/approval|policy/);
});

test("a token that the door does not know is found, and whose it is where it does", async () => {
  expect(await of("person")).toMatch(/well: you are Ana Ruiz \(oncall\), level 1/);
  answers.me = undefined;
  expect(await of("person")).toMatch(/bad: approval does not know/);
});

test("services of another version, other schemas or another policy are found", async () => {
  answers.metrics = `holdfast_build_info{version="9.9.9"} 1
holdfast_schemas_info{service="x",digest="abcdef0123"} 1
holdfast_policy_info{digest="fedcba9876"} 1\n`;
  const says = await of("versions");
  expect(says).toMatch(/warn: not everybody has the same version: 9\.9\.9 in intake, triage/);
  expect(says).toMatch(/bad: not everybody has the same schemas: abcdef/);
  expect(says).toMatch(/bad: not everybody has the same policy: fedcba in [^\n]*; \w{6} in this terminal/);
});

test("work that nobody takes, and what was put aside, are found", async () => {
  answers.metrics += 'holdfast_bus_lag{group="policy"} 500\nholdfast_dead_letters_depth{state="dropped"} 4\n';
  const says = await of("bus");
  expect(says).toMatch(/warn: intake has 500 records before it/);
  expect(says).not.toMatch(/dead letter/);
  answers.metrics += 'holdfast_dead_letters_depth{state="holds"} 2\n';
  expect(await of("bus")).toMatch(/warn: \d+ dead letters hold their incidents back[^\n]*holdfast dead-letters list/);
});

test("a log of somebody else's key, and the damage and gaps that audit itself counted, are found", async () => {
  answers.metrics += "holdfast_audit_log_entries 7\nholdfast_audit_verified_timestamp_seconds 1795316340\n";
  answers.metrics += "holdfast_audit_verified_entries 5\n";
  expect(await of("audit")).toMatch(/well: 0 entries, under a checkpoint that verifies/);
  expect(await of("audit")).toMatch(/well: 5 entries verified from the first on/);
  answers.metrics +=
    "holdfast_audit_gaps_total 1\nholdfast_audit_verify_failures_total 1\nholdfast_audit_behind_records 5000\n";
  writeFileSync(join(data, "keys", "audit.pub"), newKeyPair().publicPem);
  const says = await of("audit");
  expect(says).toMatch(/bad: the checkpoint is not signed by the key that is pinned/);
  expect(says).toMatch(/bad: the log has gaps/);
  expect(says).toMatch(/bad: audit verified its own log and found damage/);
  expect(says).toMatch(/warn: audit is 5000 records behind/);
});

test("the model is asked for its name alone, which costs no tokens, and the key is never shown", async () => {
  expect(await of("model")).toMatch(/note: none in this terminal/);
  env["ANTHROPIC_API_KEY"] = KEY;
  env["ANTHROPIC_BASE_URL"] = `http://127.0.0.1:${env["HOLDFAST_AUDIT_PORT"]}/model`;
  expect(await of("model")).toMatch(/warn: claude-\S+ is not among the models of this key/);
  env["HOLDFAST_MODEL"] = "claude-of-tests";
  expect(await of("model")).toMatch(/well: claude-of-tests is there/);
  env["ANTHROPIC_API_KEY"] = "sk-another";
  expect(await of("model")).toMatch(/bad: the API key of this terminal is refused/);
  expect(asked.filter((each) => !each.startsWith("GET "))).toEqual([]);
  expect((await doctor()).out).not.toContain("sk-");
});

test("who is told, and what came back for a test message, are said", async () => {
  expect(await of("notifier")).toMatch(/note: nobody is told when a proposal waits/);
  answers.notifier = {
    active: true,
    targets: [{ name: "slack", waiting: 2, failure: "it answered 403", failingSince: "2026-11-22T02:00:00Z" }],
  };
  answers.notifier = { ...answers.notifier, links: "http://127.0.0.1:8080" };
  expect(await of("notifier")).toMatch(/note: their links lead to http:\/\/127\.0\.0\.1:8080/);
  expect(await of("notifier")).toMatch(/warn: slack fails since 02:00 UTC: it answered 403; 2 waiting/);
  answers.test = {
    status: 200,
    body: {
      targets: [
        { name: "slack", outcome: "failed", says: "it answered 404" },
        { name: "webhook", outcome: "sent", says: "it answered 204" },
      ],
    },
  };
  const says = await of("notifier", "--test-message");
  expect(says).toMatch(/bad: slack did not take a test message: it answered 404/);
  expect(says).toMatch(/well: webhook took a test message: it answered 204/);
  answers.test = { status: 429, body: { detail: "A test message was sent a moment ago." } };
  expect(await of("notifier", "--test-message")).toMatch(
    /bad: no test message was sent: A test message was sent a moment ago/,
  );
});
