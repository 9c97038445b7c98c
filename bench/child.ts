import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";

/** A process of this bench that says one thing once it is ready, and ends with this one. */
export type Child<Ready> = AsyncDisposable & {
  readonly ready: Ready;
  readonly pid: number;
  readonly process: ChildProcess;
};

export async function startChild<Ready>(file: string, task: unknown): Promise<Child<Ready>> {
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(task)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const ready = await new Promise<Ready>((done, failed) => {
    child.once("message", (said) => done(said as Ready)); // our own file said it
    child.once("exit", (code) => failed(new Error(`${file} ended with ${code} before it was ready`)));
  });
  return {
    ready,
    pid: child.pid ?? 0,
    process: child,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** In the child: what it was asked to do. It ends when whoever started it is gone. */
export function taskOf<Task>(): Task {
  process.once("disconnect", () => process.exit());
  return JSON.parse(process.argv[2] ?? "null") as Task;
}
