import type { Subscription } from "@holdfast/bus";
import { execute } from "./execute.ts";
import type { Executor } from "./executor.ts";

const CONCURRENCY = 8;

/** Consumes approved proposals, and nothing else. Runs until the stack is disposed. */
export async function startExecutor(executor: Executor, stack: AsyncDisposableStack): Promise<Subscription> {
  const subscription = await executor.bus.subscribe(
    ["proposals.approved"],
    "executor",
    (approved, signal) => execute(executor, approved, signal),
    {
      concurrency: CONCURRENCY,
      exclusive: false,
      parked: "go-on",
    },
  );
  return stack.use(subscription);
}
