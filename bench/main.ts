import { keep, machineFacts, resultFile, table, type Bench } from "./report.ts";

/**
 * npm run bench -- NAME [--small]
 *
 * Every load goes to this machine alone, is bounded in count and time, and stops by itself. `--small` keeps nothing.
 */
const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  webhook: () => import("./webhook.ts"),
  proposal: () => import("./proposal.ts"),
  "proposal-shared": async () => ({ bench: (await import("./proposal.ts")).sharedBench }),
  "proposal-kafka": async () => ({ bench: (await import("./proposal.ts")).kafkaBench }),
  storm: () => import("./storm.ts"),
  idle: () => import("./idle.ts"),
  bus: () => import("./bus.ts"),
  audit: () => import("./audit.ts"),
  guard: () => import("./guard.ts"),
  instances: () => import("./instances.ts"),
  failover: () => import("./failover.ts"),
  million: () => import("./million.ts"),
  "million-kafka": async () => ({ bench: (await import("./million.ts")).kafkaBench }),
};

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1)); // what was started ends with it

const [name = "", ...flags] = process.argv.slice(2);
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(BENCHES).join("|")} [--small]\n`);
  process.exitCode = 2;
} else await measure(load, flags.includes("--small"));

async function measure(open: () => Promise<{ readonly bench: Bench }>, isSmall: boolean): Promise<void> {
  const { bench } = await open();
  const machine = machineFacts();
  process.stdout.write(`${bench.says}\n`);
  process.stdout.write(
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Node ${machine.node}, load ${machine.loadAverage[0] ?? 0}, fixed work ${machine.fixedWorkMs} ms, fdatasync p50 ${machine.fdatasyncMs.p50} ms, p99 ${machine.fdatasyncMs.p99} ms\n\n`,
  );
  const report = await bench.run(isSmall ? "small" : "full");
  process.stdout.write(`${table(report)}\n\n${report.measured.map((says) => `- ${says}`).join("\n")}\n`);
  if (isSmall) return;
  keep(name, machine, report);
  process.stdout.write(`\nRaw figures: ${resultFile(name)}\n`);
}
