import { setTimeout as sleep } from "node:timers/promises";
import { usedBy, type Used } from "./processes.ts";
import type { Bench } from "./report.ts";
import { rounded } from "./spread.ts";
import { startServices } from "./whole.ts";

const SIZES = { small: { settleMs: 1_000, ms: 3_000 }, full: { settleMs: 15_000, ms: 60_000 } } as const;

export const bench: Bench = {
  says: "All processes of npm start while nothing happens.",
  run: async (size) => {
    const { settleMs, ms } = SIZES[size];
    await using services = await startServices({});
    await sleep(settleMs);
    const pids = services.pids();
    const look = (): ReadonlyMap<string, Used> => new Map([...pids].map(([name, pid]) => [name, usedBy(pid)]));
    const start = performance.now();
    const before = look();
    await sleep(ms);
    const after = look();
    const seconds = (performance.now() - start) / 1000;
    const parts = [...after].map(([name, { rssMiB, cpuSeconds }]) => ({
      name,
      rssMiB,
      cpu: rounded((100 * (cpuSeconds - (before.get(name)?.cpuSeconds ?? 0))) / seconds),
    }));
    const sum = (of: typeof parts): readonly [number, number] => [
      rounded(of.reduce((all, { cpu }) => all + cpu, 0)),
      rounded(of.reduce((all, { rssMiB }) => all + rssMiB, 0)),
    ];
    const services6 = parts.filter(({ name }) => name !== "sandbox");
    return {
      measured: [
        `Over ${rounded(seconds)} s, from ${settleMs / 1000} s after everything was ready; nobody asks anything but the readiness checks at the start. CPU is user and system time of the process in percent of one core (ticks of 10 ms); RSS counts shared pages, Node itself among them, in every process.`,
        "The sandbox is the simulated cluster and is not part of Holdfast; on a real cluster it is absent.",
      ],
      columns: ["process", "CPU % of a core", "RSS MiB"],
      rows: [
        ...parts.map(({ name, cpu, rssMiB }) => [name, cpu, rssMiB]),
        ["all six services", ...sum(services6)],
        ["with the sandbox", ...sum(parts)],
      ],
      raw: { seconds, parts },
    };
  },
};
