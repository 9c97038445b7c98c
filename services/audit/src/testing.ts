import { createPrivateKey, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Raw } from "@holdfast/bus";
import { openSigner, type Signer } from "@holdfast/log";
import { openPublisher, type Publisher } from "./publish.ts";
import { openStore, type Store } from "./store.ts";

/** The key of the golden vector. */
export const KEY: KeyObject = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
});
export const SIGNER: Signer = openSigner("example.com/holdfast/audit", KEY);
export const RECORDED_AT = 1_790_000_000_000;

export type Folder = Disposable & { readonly path: string };

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "holdfast-audit-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export function rawRecord(changed: Partial<Raw> = {}): Raw {
  const offset = changed.offset ?? 0;
  return {
    topic: "alerts",
    partition: 0,
    offset,
    time: 1_780_000_000_000 + offset,
    key: "key",
    value: Buffer.from(`value ${offset}`),
    headers: [],
    ...changed,
  };
}

export function rawRecords(count: number, changed: Partial<Raw> = {}): readonly Raw[] {
  const first = changed.offset ?? 0;
  return Array.from({ length: count }, (_, i) => rawRecord({ ...changed, offset: first + i }));
}

export type Log = Disposable & { readonly store: Store; readonly publisher: Publisher };

export function openLog(folder: string): Log {
  const store = openStore(join(folder, "store.db"));
  try {
    return {
      store,
      publisher: openPublisher({ folder, store, signer: SIGNER }),
      [Symbol.dispose]: () => store[Symbol.dispose](),
    };
  } catch (cause) {
    store[Symbol.dispose]();
    throw cause;
  }
}

/** A folder with a published log of this many records. */
export function publishedLog(count: number): Folder {
  const folder = temporaryFolder();
  using log = openLog(folder.path);
  log.store.append(rawRecords(count), RECORDED_AT);
  log.publisher.publish();
  return folder;
}

export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(path, bytes);
}
