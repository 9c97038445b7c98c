import { readFileSync } from "node:fs";

/** What Linux says of one process: resident memory in MiB, and the CPU seconds that it has used. */
export type Used = { readonly rssMiB: number; readonly cpuSeconds: number };

const TICKS_PER_SECOND = 100;

export function usedBy(pid: number): Used {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything; user and system time are the 14th and 15th of all fields.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { rssMiB: Math.round(Number(kib) / 102.4) / 10, cpuSeconds: ticks / TICKS_PER_SECOND };
}

/** Looks at some processes until it is stopped, and keeps the most memory that each had. */
export function watchMemory(pids: ReadonlyMap<string, number>, everyMs = 250): () => ReadonlyMap<string, number> {
  const most = new Map<string, number>();
  const look = (): void => {
    for (const [name, pid] of pids) most.set(name, Math.max(most.get(name) ?? 0, usedBy(pid).rssMiB));
  };
  look();
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
