// Starts every command of this project, in a clone that has nothing installed and on any Node from 18.
// So: plain JavaScript, no dependencies, and nothing newer than Node 18 in here and in install.mjs.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledNode, environmentFor, installed } from "./install.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR = 24;
const PARENT_CHECK_MS = 250;
const PACKAGE_OF = { tsc: "typescript" };
const USAGE = "Usage: node scripts/run.mjs FILE.ts|TOOL arguments…";

/** Runs a file of this project, or the tool of one of its packages, with its own Node. The exit code is the child's. */
export async function launch(what, args) {
  try {
    if (what === undefined) throw new Error(USAGE);
    await installed(ROOT);
    const node = ownNode();
    // After "--" Node takes no --env-file for its own.
    process.exitCode = await run(node, ["--", scriptOf(what), ...args]);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** By absolute path: shells and npm cache the path of the Node that started them. */
function ownNode() {
  const bundled = bundledNode(ROOT);
  if (bundled !== undefined) return bundled;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  throw new Error(
    `Holdfast runs on Node ${NODE_MAJOR} or newer, this is ${process.version}, and npm has no Node ${NODE_MAJOR} for ` +
      `${process.platform}-${process.arch}. Install it from https://nodejs.org/en/download and run the command again.`,
  );
}

function scriptOf(what) {
  if (what.endsWith(".ts")) {
    const script = resolve(ROOT, what);
    if (!existsSync(script)) throw new Error(`There is no file ${script} to run. ${USAGE}`);
    return script;
  }
  const folder = join(ROOT, "node_modules", PACKAGE_OF[what] ?? what);
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) throw new Error(`No file and no installed tool is called ${what}. ${USAGE}`);
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const script = typeof bin === "string" ? bin : bin?.[what];
  if (script === undefined) throw new Error(`The package ${what} has no command of that name.`);
  return join(folder, script);
}

/** Asynchronous on purpose: with spawnSync a SIGTERM ends the launcher and orphans the child. */
function run(node, args) {
  const child = spawn(node, args, { stdio: "inherit", env: environmentFor(ROOT, node) });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: passed on, the child would hear it twice.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  if (process.env.npm_execpath !== undefined) stopWithParent(child);
  return new Promise((done, failed) => {
    child.on("close", (code, signal) => done(code ?? 128 + constants.signals[signal]));
    child.on("error", (cause) =>
      failed(new Error(`Node ${NODE_MAJOR} does not start on this machine (${cause.code}, ${node}).`, { cause })),
    );
  });
}

/** npm tells its shell alone that it was told to end, and that shell ends without passing it on. */
function stopWithParent(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    if (!child.killed) child.kill("SIGTERM");
  }, PARENT_CHECK_MS);
  watch.unref();
}
