// Brings node_modules to what package-lock.json says. Runs before anything is installed: see launch.mjs.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const HEARTBEAT_MS = 1_000;
const LOCK_STALE_MS = 30_000;
const OUTPUT_CHARS_MAX = 20_000;

/** Returns when the packages in node_modules are those of the lock file; silent and quick when they already are. */
export async function installed(root) {
  if (isInstalled(root)) return;
  const unlock = await lock(root);
  try {
    if (!isInstalled(root)) await install(root);
  } finally {
    unlock();
  }
}

function isInstalled(root) {
  const stamp = join(root, "node_modules", ".holdfast-installed");
  const lockFile = read(join(root, "package-lock.json"));
  const wanted = createHash("sha256").update(`${process.platform}-${process.arch}\n${lockFile}`).digest("hex");
  if (read(stamp) === wanted) return true;
  if (!matchesLock(root)) return false;
  writeFileSync(stamp, wanted);
  return true;
}

/** The Node that a per-platform package has brought, or undefined where there is none for this platform. */
export function bundledNode(root) {
  const folder = join(root, "node_modules", `node-${process.platform.replace("win32", "win")}-${process.arch}`);
  const node = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  return existsSync(node) ? node : undefined;
}

/** Whatever the child starts by the name of node is that Node too. */
export function environmentFor(root, node) {
  const env = { ...process.env };
  const path = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[path] = [dirname(node), env[path]].filter(Boolean).join(delimiter);
  // Stripped and compiled once for all processes: a command starts in a third of the time.
  env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "node");
  return env;
}

/** What npm wrote down of its last install against the lock file: npm may have been called by hand, or have left something out. */
function matchesLock(root) {
  const present = packagesIn(join(root, "node_modules", ".package-lock.json"));
  const wanted = packagesIn(join(root, "package-lock.json"));
  const names = Object.keys(wanted).filter((name) => name.includes("node_modules/"));
  return names.every((name) => {
    if (present[name] === undefined) return wanted[name].optional === true && !isForHere(wanted[name]);
    return ["version", "integrity", "resolved"].every(
      (part) => (present[name][part] ?? "") === (wanted[name][part] ?? ""),
    );
  });
}

function isForHere({ os, cpu, libc }) {
  const here = { os: process.platform, cpu: process.arch };
  if (libc !== undefined) here.libc = process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
  const asked = { os, cpu, libc };
  return os !== undefined && Object.keys(here).every((part) => [asked[part] ?? here[part]].flat().includes(here[part]));
}

function packagesIn(file) {
  const text = read(file);
  return text === "" ? {} : JSON.parse(text).packages;
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

async function install(root) {
  const first = !existsSync(join(root, "node_modules"));
  say(
    first
      ? "First start in this clone: installing the packages and the Node that Holdfast runs on (about half a minute)."
      : "The list of packages has changed: installing again (about half a minute).",
  );
  await npm(root, process.execPath, ["ci", "--include=dev", "--include=optional"]);
  // npm leaves out the optional packages that the Node it runs on is too old for, and tools need theirs: again, on the new Node.
  const node = bundledNode(root);
  if (!isInstalled(root) && node !== undefined) await npm(root, node, ["install", "--no-save", "--include=dev"]);
  if (!isInstalled(root)) {
    throw new Error(
      "npm ended well, but not everything in package-lock.json is in node_modules. Remove node_modules and run the command again.",
    );
  }
}

async function npm(root, node, args) {
  const { code, output } = await runNpm(root, node, args);
  if (code === 0) return;
  process.stderr.write(output);
  throw new Error(
    `The packages could not be installed: npm ${args[0]} ended with ${code}, and what it said stands above. ` +
      "Nothing was started. Mend the cause (often the network or a proxy) and run the command again.",
  );
}

/** No package here needs an install script, so none may run one. */
function runNpm(root, node, args) {
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: environmentFor(root, node) };
  const flags = [...args, "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"];
  const child = script?.endsWith(".js")
    ? spawn(node, [script, ...flags], options)
    : spawn("npm", flags, { ...options, shell: process.platform === "win32" });
  return new Promise((done) => {
    let output = "";
    const keep = (text) => (output = (output + text).slice(-OUTPUT_CHARS_MAX));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const stopPassing = passSignals(child);
    const stopDots = showDots();
    const end = (code) => {
      stopPassing();
      stopDots();
      done({ code, output });
    };
    child.on("error", (error) => end(error.code));
    child.on("close", (code, signal) => end(code ?? signal));
  });
}

function showDots() {
  if (!process.stderr.isTTY) return () => {};
  const dots = setInterval(() => process.stderr.write("."), HEARTBEAT_MS);
  return () => {
    clearInterval(dots);
    process.stderr.write("\n");
  };
}

/** A stopped install must still take its lock away, so the signal ends npm and not us. */
function passSignals(child) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  return () => signals.forEach((signal) => process.off(signal, pass));
}

/** One install at a time in one clone. The holder touches the lock folder; one that nobody touches has lost its holder. */
async function lock(root) {
  const folder = join(root, ".installing");
  let waited = false;
  while (!create(folder)) {
    if (isStale(folder)) takeAway(folder);
    if (!waited) say("Another start is installing the packages: waiting for it.");
    waited = true;
    await sleep(HEARTBEAT_MS / 4);
  }
  const beat = setInterval(() => utimesSync(folder, new Date(), new Date()), HEARTBEAT_MS);
  return () => {
    clearInterval(beat);
    rmdirSync(folder);
  };
}

function create(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new Error(`Packages must be installed here, and the folder cannot be written (${error.message}).`, {
      cause: error,
    });
  }
}

function isStale(folder) {
  const status = statSync(folder, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs > LOCK_STALE_MS;
}

/** By renaming, which only one of several waiting starts can do. */
function takeAway(folder) {
  const aside = `${folder}-${process.pid}`;
  try {
    renameSync(folder, aside);
    rmdirSync(aside);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

/** On stderr: what a command prints on stdout is its own, JSON above all. */
function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}
