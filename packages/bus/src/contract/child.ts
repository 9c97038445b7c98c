import { writeSync } from "node:fs";
import type { Bus } from "../port.ts";
import { alert, codecOf } from "./events.ts";
import type { Adapter } from "./place.ts";
import type { Role, Task } from "./world.ts";

/** Opens the bus in this process, so that a test can kill it, and prints one line for each thing that happens. */
export async function playRole(adapter: Adapter): Promise<void> {
  const { place, pems, role } = JSON.parse(process.argv[2] ?? "") as Task; // written by `world.ts`
  process.stdin.once("end", () => process.exit(1)).resume(); // whoever started this is gone
  const bus = await adapter.open({ place, codec: codecOf(pems), service: "child" });
  if (role.does === "publish") await publishForEver(bus);
  else await work(bus, role);
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function publishForEver(bus: Bus): Promise<void> {
  for (let count = 0; ; count += 8) {
    const starts = Array.from({ length: 8 }, (_, index) => count + index);
    await Promise.all(
      starts.map(async (startsAt) => {
        const event = alert(startsAt.toString(16).padStart(16, "0"), startsAt);
        const { partition, offset } = await bus.publish("alerts", event.fingerprint, event);
        say(`published ${partition} ${offset} ${event.id}`);
      }),
    );
  }
}

async function work(bus: Bus, role: Extract<Role, { does: "work" }>): Promise<void> {
  const { group, concurrency, exclusive } = role;
  const onActive = async (): Promise<void> => say("active");
  await bus.subscribe(
    ["incidents"],
    group,
    async ({ event, offset }, signal) => {
      say(`begin ${event.because} ${offset}`);
      const fault = role.on[event.because];
      if (fault !== undefined) await struck(fault, signal);
      say(`${signal.aborted ? "aborted" : "done"} ${event.because} ${offset}`);
    },
    { concurrency, exclusive, parked: "hold-key", onActive },
  );
}

/** Does not come back but by the signal. */
async function struck(fault: "exit" | "throw" | "kill" | "never", signal: AbortSignal): Promise<void> {
  if (fault === "exit") process.exit(7);
  if (fault === "kill") process.kill(process.pid, "SIGKILL");
  if (fault === "throw") {
    setImmediate(() => {
      throw new Error("nobody catches this");
    });
  }
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}
