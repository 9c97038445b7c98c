import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

const LOG_BYTES_MAX = 10 * 1024 * 1024;

/**
 * Appends lines to a file; when it is full it becomes `.1`, and the `.1` before it goes.
 * A full disk must not end who only writes logs: the answer is then false.
 */
export function openLogFile(path: string): (line: string) => boolean {
  const append = openAppend(path);
  return (line) => {
    try {
      append(line);
      return true;
    } catch {
      return false;
    }
  };
}

function openAppend(path: string): (line: string) => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let bytes = existsSync(path) ? statSync(path).size : 0;
  return (line) => {
    if (bytes > LOG_BYTES_MAX) {
      renameSync(path, `${path}.1`);
      bytes = 0;
    }
    const text = `${line}\n`;
    appendFileSync(path, text, { mode: 0o600 });
    bytes += Buffer.byteLength(text);
  };
}
