import { DatabaseSync } from "node:sqlite";

/** Another audit service writes this log: whoever meets this stands by. */
export class LogInUseError extends Error {
  override readonly name = "LogInUseError";
}

/** Held by the one writer of a log; the operating system frees it when the process ends, however it ends. */
export function takeLock(path: string): Disposable {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new LogInUseError(
      `Another audit service is writing this log (it holds ${path}). A log has one writer: stop the other one, or give this one a data folder of its own.`,
      { cause },
    );
  }
  return { [Symbol.dispose]: () => database.close() };
}
