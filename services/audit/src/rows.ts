import type { SQLOutputValue } from "node:sqlite";

/** Reads columns of a row, and stops where one is not of its declared type. */

export type Row = Record<string, SQLOutputValue>;

export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`the store is damaged: column ${column} is not a number`);
  return value;
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`the store is damaged: column ${column} is not text`);
  return value;
}

export function bytesOf(row: Row, column: string): Buffer {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`the store is damaged: column ${column} holds no bytes`);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
