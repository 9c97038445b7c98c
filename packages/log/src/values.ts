import { DatabaseSync } from "node:sqlite";
import type { ReadValue } from "./verify-log.ts";

/** The values in a store's file, read only: for checking commitments offline. */
export function openValues(path: string): { readonly read: ReadValue; readonly [Symbol.dispose]: () => void } {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const select = database.prepare("SELECT bytes FROM value WHERE hash = ?");
  return {
    read: (hash) => {
      const bytes = select.get(hash)?.["bytes"];
      return Promise.resolve(bytes instanceof Uint8Array ? Buffer.from(bytes) : undefined);
    },
    [Symbol.dispose]: () => database.close(),
  };
}
