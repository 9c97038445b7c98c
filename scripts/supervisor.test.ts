import { childEnvironment, SERVICES } from "@holdfast/service";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startHoldfast, type Line, type Part } from "./supervisor.ts";

const WAIT = { timeout: 15_000, interval: 50 };
const SECRETS = {
  ANTHROPIC_API_KEY: "sk-of-triage",
  AWS_SECRET_ACCESS_KEY: "of-nobody",
  HOLDFAST_TOKEN: "of-the-person-at-the-terminal",
};
const own = () => ({
  ...SECRETS,
  HOLDFAST_DATA: mkdtempSync(join(tmpdir(), "holdfast-supervisor-")),
  HOLDFAST_INTAKE_PORT: "0",
  HOLDFAST_INTAKE_ADMIN_PORT: "0",
});
const intakeAlone = (env: Record<string, string>, lines: Line[] = []) =>
  startHoldfast({ env, parts: ["intake"], onLine: (line) => void lines.push(line) });
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a process gets its own settings, and of the rest what is no credential", () => {
  const env = {
    ...own(),
    PATH: "/bin",
    HOME: "/root",
    HOLDFAST_POLICY_KUBECONFIG: "/policy",
    HOLDFAST_EXECUTOR_KUBECONFIG: "/executor",
  };
  for (const part of ["sandbox", ...SERVICES] satisfies Part[]) {
    const names = Object.keys(childEnvironment(part, env));
    expect(names).toContain("PATH");
    expect(names).not.toContain("AWS_SECRET_ACCESS_KEY");
    expect(names).not.toContain("HOLDFAST_TOKEN");
    expect([part, names.includes("ANTHROPIC_API_KEY")]).toEqual([part, part === "triage"]);
    expect([part, names.includes("HOLDFAST_EXECUTOR_KUBECONFIG")]).toEqual([part, part === "executor"]);
    expect([part, names.includes("HOLDFAST_APPROVER_TOKEN_FILE")]).toEqual([part, part === "approval"]);
    expect([part, names.includes("HOLDFAST_POLICY_KUBECONFIG")]).toEqual([part, part === "policy"]);
  }
});

test("a sandbox that refuses its start is given up with its sentence", async () => {
  const env = { ...own(), HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE: join(own().HOLDFAST_DATA, "no", "such.token") };
  await using holdfast = await startHoldfast({ env, onLine: () => undefined, parts: ["sandbox"] });
  expect(await holdfast.untilReady(30_000)).toEqual([
    expect.stringMatching(/^ENOENT.*Without that sandbox cannot start\.$/),
  ]);
  expect(holdfast.cannotStart()).toMatch(/Without that sandbox cannot start/);
});

test("a service that is killed is started again and is ready again; a stop ends it cleanly", async () => {
  const lines: Line[] = [];
  await using holdfast = await intakeAlone(own(), lines);
  expect(await holdfast.untilReady(15_000)).toEqual([]);
  const first = holdfast.pid("intake") ?? 0;
  if (process.platform === "linux") {
    const environment = readFileSync(`/proc/${first}/environ`, "utf8");
    for (const secret of Object.values(SECRETS)) expect(environment).not.toContain(secret);
  }
  holdfast.kill("intake");
  await vi.waitFor(() => expect([first, undefined]).not.toContain(holdfast.pid("intake")), WAIT);
  expect(await holdfast.untilReady(15_000)).toEqual([]);
  await vi.waitFor(
    () =>
      expect(lines.filter(({ isLoud }) => isLoud).map(({ text }) => text)).toEqual([
        "intake ended (SIGKILL) and starts again in 0.5 s",
        "intake is ready again",
      ]),
    WAIT,
  );
  const second = holdfast.pid("intake") ?? 0;
  await holdfast.stop();
  expect([isAlive(first), isAlive(second)]).toEqual([false, false]);
  expect(lines.at(-1)?.text).toMatch(/stopped$/);
  expect(readFileSync(join(holdfast.settings.HOLDFAST_DATA, "logs", "intake.log"), "utf8")).toContain(
    '"msg":"stopped"',
  );
});

test("who cannot start is told once, with who needs it, and is not waited for", async () => {
  const lines: Line[] = [];
  await using holdfast = await startHoldfast({
    env: { ...own(), HOLDFAST_APPROVAL_PORT: "0", HOLDFAST_APPROVAL_ADMIN_PORT: "0", HOLDFAST_CONFIG: "/nowhere" },
    parts: ["approval"],
    onLine: (line) => void lines.push(line),
  });
  const [says] = await holdfast.untilReady(60_000);
  expect(says).toMatch(/^\/nowhere\/guard\.cedar cannot be read\. .* Without that approval cannot start\.$/);
  expect(holdfast.cannotStart()).toBe(says);
  expect(lines.filter(({ isLoud }) => isLoud)).toEqual([]);
}, 60_000);

test("a restart ends a service cleanly and starts it at once", async () => {
  const lines: Line[] = [];
  await using holdfast = await intakeAlone(own(), lines);
  await holdfast.untilReady(15_000);
  const first = holdfast.pid("intake");
  await holdfast.restart("intake");
  expect(await holdfast.untilReady(15_000)).toEqual([]);
  expect(holdfast.pid("intake")).not.toBe(first);
  expect(lines.filter(({ isLoud }) => isLoud)).toEqual([]);
});

test("what is not ready is said, with its reason", async () => {
  await using holdfast = await intakeAlone({
    ...own(),
    HOLDFAST_INTAKE_POLL: "1",
    HOLDFAST_CLUSTER: "kubeconfig",
    HOLDFAST_ALERTMANAGER_URL: "http://127.0.0.1:9",
  });
  expect(await holdfast.unready()).toEqual(["intake does not answer yet."]);
});

test("nothing starts while a port is taken, and the setting that moves it is named", async () => {
  const other = createServer();
  const port = await new Promise<number>((done) =>
    other.listen(0, "127.0.0.1", () => done((other.address() as { port: number }).port)),
  );
  await expect(intakeAlone({ ...own(), HOLDFAST_INTAKE_PORT: String(port) })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program: set HOLDFAST_INTAKE_PORT to a free one.`,
  );
  other.close();
});

test("nothing starts while a setting is malformed", async () => {
  await expect(intakeAlone({ ...own(), HOLDFAST_INTAKE_POLL: "perhaps" })).rejects.toThrow(
    /^HOLDFAST_INTAKE_POLL must be 1 or 0/,
  );
});

test("when the supervisor itself is killed, its processes end", async () => {
  const module = new URL("./supervisor.ts", import.meta.url).href;
  const script = `import { startHoldfast } from "${module}";
const holdfast = await startHoldfast({ env: process.env, parts: ["intake"], onLine: () => undefined });
await holdfast.untilReady(15_000);
console.log(holdfast.pid("intake"));`;
  const supervisor = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    env: own(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(supervisor.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  supervisor.kill("SIGKILL");
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
});
