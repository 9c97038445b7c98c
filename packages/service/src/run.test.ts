import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

const folder = mkdtempSync(join(tmpdir(), "holdfast-run-"));
let count = 0;

/** A service of its own process, whose start is the given text. */
function service(body: string, env: Record<string, string> = {}) {
  const file = join(folder, `service-${(count += 1)}.ts`);
  const index = new URL("./index.ts", import.meta.url).href;
  writeFileSync(
    file,
    `import { runService } from "${index}";\nawait runService({ name: "intake", env: process.env }, async ({ stack, log, fatal, signal }) => {${body}});`,
  );
  const child = spawn(process.execPath, [file], {
    env: { HOLDFAST_INTAKE_ADMIN_PORT: "0", ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  children.push(child);
  const { stderr } = child;
  if (stderr === null) throw new Error("the pipe was asked for");
  let text = "";
  stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
  const said = (what: string): Promise<void> =>
    new Promise((done) => {
      const look = (): void => void (text.includes(what) && done());
      stderr.on("data", look);
      look();
    });
  const ended = Promise.all([once(child, "exit"), once(stderr, "end")]).then(([[code]]) => ({
    code: Number(code),
    text,
  }));
  return { child, said, ended };
}

const CLOSES = `for (const name of ["bus", "door"]) stack.defer(async () => log.info("closed " + name));`;

test("SIGTERM closes in reverse what was opened, and is a clean end", async () => {
  const { child, said, ended } = service(CLOSES);
  await said('"started"');
  child.kill("SIGTERM");
  const { code, text } = await ended;
  expect(code).toBe(0);
  expect(text.indexOf("closed door")).toBeGreaterThan(0);
  expect(text.indexOf("closed door")).toBeLessThan(text.indexOf("closed bus"));
});

test("a service whose supervisor is gone ends too", async () => {
  const { child, said, ended } = service(CLOSES);
  await said('"started"');
  child.disconnect();
  expect(await ended).toMatchObject({ code: 0 });
});

test("a start that fails closes what was open, and is one sentence without a stack", async () => {
  const { ended } = service(`${CLOSES} throw new Error("The bus file is damaged.");`);
  const { code, text } = await ended;
  expect(code).toBe(1);
  expect(text).toContain("holdfast intake cannot start. The bus file is damaged.\n");
  expect(text).toContain("closed bus");
  expect(text).not.toContain("    at ");
});

test("an unknown setting stops the start with its sentence", async () => {
  const { code, text } = await service("", { HOLDFAST_DATTA: "x" }).ended;
  expect(code).toBe(1);
  expect(text).toBe(
    "holdfast intake cannot start. The setting HOLDFAST_DATTA does not exist. Did you mean HOLDFAST_DATA?\n",
  );
});

test("what fails in the background ends the service with its sentence", async () => {
  const { code, text } = await service(`${CLOSES} setTimeout(() => fatal(new Error("the log file vanished")), 10);`)
    .ended;
  expect(code).toBe(1);
  expect(text).toContain("the log file vanished");
  expect(text).toContain("closed bus");
});

test("a stop while it is starting is a clean end", async () => {
  const { child, said, ended } = service(
    `log.info("half way"); await new Promise((done, failed) => signal.addEventListener("abort", () => failed(signal.reason)));`,
  );
  await said("half way");
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 0 });
});

test("a handle that nobody closed does not keep the process", async () => {
  const { child, said, ended } = service("setInterval(() => undefined, 1000);");
  await said('"started"');
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0 });
});
