import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { rounded, spread, type Spread } from "./spread.ts";

/** What one bench found: a table for people, and everything that was measured. */
export type Report = {
  /** What exactly was measured, in sentences. */
  readonly measured: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly raw: unknown;
};

/** `small` shows that it runs; its figures mean nothing and are not kept. */
export type Size = "small" | "full";
export type Bench = { readonly says: string; readonly run: (size: Size) => Promise<Report> };

type Machine = {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly sqlite: string;
  readonly platform: string;
  /** Of 4 KiB at the end of a file, on the disk under the project: what every durable answer pays. */
  readonly fdatasyncMs: Spread;
  /** One core on a fixed piece of work, the best of five: virtual machines are not equally fast at all hours. */
  readonly fixedWorkMs: number;
  readonly loadAverage: readonly number[];
  readonly date: string;
  readonly commit: string;
};

const ROOT = dirname(import.meta.dirname);
const SYNCS = 200;

export function machineFacts(): Machine {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    sqlite: process.versions["sqlite"] ?? "",
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg().map((one) => Math.round(one * 100) / 100),
    fdatasyncMs: syncs(),
    fixedWorkMs: Math.min(...Array.from({ length: 5 }, fixedWork)),
    date: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim(),
  };
}

function fixedWork(): number {
  const start = performance.now();
  let hash = Buffer.alloc(32);
  for (let round = 0; round < 50_000; round += 1) hash = createHash("sha256").update(hash).digest();
  return rounded(performance.now() - start);
}

export function resultFile(name: string): string {
  return join(ROOT, "bench", "results", `${name}.json`);
}

export function keep(name: string, machine: Machine, report: Report): void {
  const { measured, columns, rows, raw } = report;
  mkdirSync(dirname(resultFile(name)), { recursive: true });
  const text = JSON.stringify({ bench: name, machine, measured, columns, rows, raw }, undefined, 1);
  // Lists of numbers on one line each: raw output is for programs, and its changes are for people.
  writeFileSync(resultFile(name), `${text.replaceAll(/\[[\d\s.,-]+\]/g, (list) => list.replaceAll(/\s+/g, ""))}\n`);
}

export function table({ columns, rows }: Pick<Report, "columns" | "rows">): string {
  const lines = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function syncs(): Spread {
  const file = join(ROOT, "data", `sync-${process.pid}`);
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "w");
  const block = Buffer.alloc(4096, 1);
  try {
    return spread(
      Array.from({ length: SYNCS }, () => {
        const start = performance.now();
        writeSync(handle, block);
        fdatasyncSync(handle);
        return performance.now() - start;
      }),
    );
  } finally {
    closeSync(handle);
    rmSync(file);
  }
}

/** The commit time of this disk changes from minute to minute, so a figure says what it was on. */
export function packageVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
