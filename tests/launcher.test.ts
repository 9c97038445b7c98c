import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const LOCK = JSON.stringify({ packages: { "": {}, "node_modules/avsc": { version: "5.7.9", integrity: "sha512-x" } } });
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A clone with nothing installed, and an npm that notes each call and installs what `lock` says. */
function freshClone(npm: { exitCode?: number; lock?: string } = {}): string {
  const clone = mkdtempSync(join(tmpdir(), "holdfast-clone-"));
  folders.push(clone);
  for (const file of ["run.mjs", "launch.mjs", "install.mjs"]) cpSync(`scripts/${file}`, join(clone, "scripts", file));
  writeFileSync(join(clone, "package-lock.json"), LOCK);
  writeFileSync(join(clone, "installs.txt"), "");
  writeFileSync(
    join(clone, "npm.js"),
    `const fs = require("node:fs");
    fs.appendFileSync("installs.txt", process.argv[2] + "\\n");
    console.log("noise of npm");
    if (${npm.exitCode ?? 0}) process.exit(${npm.exitCode ?? 0});
    setTimeout(() => {
      fs.mkdirSync("node_modules", { recursive: true });
      fs.writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(npm.lock ?? LOCK)});
    }, 300);`,
  );
  writeFileSync(
    join(clone, "say.ts"),
    `const said: string = process.argv.slice(2).join("+"); console.log(said); process.exitCode = 7;`,
  );
  return clone;
}

function start(clone: string, args: readonly string[]) {
  const env = { ...process.env, npm_execpath: join(clone, "npm.js") };
  const child = spawn(process.execPath, [join(clone, "scripts/run.mjs"), ...args], { env });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (said.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said.stderr += text.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
    child.on("close", (code) => done({ code, ...said }));
  });
  return { child, ended };
}

function installs(clone: string): readonly string[] {
  return readFileSync(join(clone, "installs.txt"), "utf8").split("\n").filter(Boolean);
}

test("the first start says in one sentence that it installs, the second is silent, and the exit code is the child's", async () => {
  const clone = freshClone();
  const first = await start(clone, ["say.ts", "a b", "--c"]).ended;
  expect(first).toMatchObject({ code: 7, stdout: "a b+--c\n" });
  expect(first.stderr).toMatch(/^First start in this clone: [^\n]*\n$/);
  expect(await start(clone, ["say.ts", "again"]).ended).toEqual({ code: 7, stdout: "again\n", stderr: "" });
  expect(installs(clone)).toEqual(["ci"]);
});

test("starts at the same moment install once", async () => {
  const clone = freshClone();
  const ends = await Promise.all([1, 2, 3, 4].map((n) => start(clone, ["say.ts", String(n)]).ended));
  expect(ends.map((end) => end.code)).toEqual([7, 7, 7, 7]);
  expect(installs(clone)).toEqual(["ci"]);
  expect(existsSync(join(clone, ".installing"))).toBe(false);
});

test("a changed lock file installs again, unless npm has already done so by hand", async () => {
  const clone = freshClone();
  await start(clone, ["say.ts"]).ended;
  writeFileSync(join(clone, "package-lock.json"), `${LOCK}\n`);
  await start(clone, ["say.ts"]).ended;
  expect(installs(clone)).toEqual(["ci"]);
  writeFileSync(join(clone, "package-lock.json"), LOCK.replace("5.7.9", "5.8.0"));
  const last = await start(clone, ["say.ts"]).ended;
  expect(installs(clone).length).toBeGreaterThan(1);
  expect(last.stderr).toContain("not everything in package-lock.json is in node_modules");
});

test("an install that fails shows what npm said, starts nothing and exits 1", async () => {
  const end = await start(freshClone({ exitCode: 5 }), ["say.ts"]).ended;
  expect(end).toMatchObject({ code: 1, stdout: "" });
  expect(end.stderr).toContain("noise of npm");
  expect(end.stderr).toContain("npm ci ended with 5");
});

test("an optional package that this platform needs and npm left out is not taken for installed", async () => {
  const clone = freshClone();
  const binding = { version: "1.0.0", optional: true, os: [process.platform], cpu: process.arch };
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages: { "node_modules/binding": binding } }));
  expect((await start(clone, ["say.ts"]).ended).code).toBe(1);
});

test("a lock whose holder was killed does not stop the next start", async () => {
  const clone = freshClone();
  mkdirSync(join(clone, ".installing"));
  utimesSync(join(clone, ".installing"), new Date(0), new Date(0));
  expect((await start(clone, ["say.ts"]).ended).code).toBe(7);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s reaches the child, which decides how it ends",
  async (signal) => {
    const clone = freshClone();
    writeFileSync(
      join(clone, "wait.ts"),
      `process.on("${signal}", () => { console.log("clean stop"); process.exit(3); }); setInterval(() => {}, 1000); console.log("up");`,
    );
    const { child, ended } = start(clone, ["wait.ts"]);
    await new Promise<void>((up) => child.stdout.once("data", () => up()));
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 3, stdout: "up\nclean stop\n" });
  },
);

test("when npm ends and its shell with it, the child is told to stop", async () => {
  const clone = freshClone();
  await start(clone, ["say.ts"]).ended;
  writeFileSync(
    join(clone, "wait.ts"),
    `process.on("SIGTERM", () => { console.log("clean stop"); process.exit(0); }); setInterval(() => {}, 1000); console.log("up");`,
  );
  const env = { ...process.env, npm_execpath: join(clone, "npm.js") };
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${clone}/scripts/run.mjs" wait.ts; true`], { env });
  let said = "";
  const closed = new Promise((done) => shell.on("close", done));
  await new Promise<void>((up) => {
    shell.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      up();
    });
  });
  shell.kill("SIGTERM");
  await closed;
  expect(said).toBe("up\nclean stop\n");
});

test("a tool is found by its package, and an unknown word is a sentence", async () => {
  const clone = freshClone();
  await start(clone, ["say.ts"]).ended;
  mkdirSync(join(clone, "node_modules/tool"));
  writeFileSync(join(clone, "node_modules/tool/package.json"), JSON.stringify({ bin: { tool: "./it.cjs" } }));
  writeFileSync(join(clone, "node_modules/tool/it.cjs"), `console.log("tool", process.argv[2])`);
  expect(await start(clone, ["tool", "x"]).ended).toMatchObject({ code: 0, stdout: "tool x\n" });
  expect((await start(clone, ["nothing"]).ended).stderr).toContain("No file and no installed tool is called nothing");
});
