import { writeSync } from "node:fs";
import type { Bus } from "../port.ts";
import { alert, codecOf, type Pems } from "./events.ts";
import type { Adapter } from "./place.ts";
import type { Role } from "./world.ts";

/** A process of its own that opens the bus, so that a test can kill it. It prints one line for each thing that happened. */
const task = JSON.parse(process.env["CONTRACT_TASK"] ?? "") as {
  readonly adapterUrl: string;
  readonly place: string;
  readonly pems: Pems;
  readonly role: Role;
};
const { default: adapter } = (await import(task.adapterUrl)) as { readonly default: Adapter };
const bus = await adapter.open({ place: task.place, codec: codecOf(task.pems), service: "child" });
const { role } = task;

process.once("SIGTERM", () => {
  void bus[Symbol.asyncDispose]().then(() => process.exit(0));
});
if (role.does === "publish") await publishForEver(bus);
else await work(bus, role);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function publishForEver(on: Bus): Promise<void> {
  for (let count = 0; ; count += 8) {
    const batch = Array.from({ length: 8 }, (_, index) =>
      alert((count + index).toString(16).padStart(16, "0"), count + index),
    );
    await Promise.all(
      batch.map(async (event) => {
        const { partition, offset } = await on.publish("alerts", event.fingerprint, event);
        say(`published ${partition} ${offset} ${event.id}`);
      }),
    );
  }
}

async function work(
  on: Bus,
  { group, exclusive, concurrency, on: faults }: Extract<Role, { does: "work" }>,
): Promise<void> {
  await on.subscribe(
    ["incidents"],
    group,
    async ({ event, offset, key }, signal) => {
      say(`begin ${event.because} ${offset}`);
      const fault = faults[event.because];
      if (fault === "exit") process.exit(7);
      if (fault === "kill") process.kill(process.pid, "SIGKILL");
      if (fault === "throw")
        setImmediate(() => {
          throw new Error("nobody catches this");
        });
      if (fault !== undefined) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (signal.aborted) return say(`aborted ${event.because} ${key}`);
      say(`done ${event.because} ${offset}`);
    },
    { concurrency, exclusive, parked: "hold-key", onActive: async () => say("active") },
  );
}
