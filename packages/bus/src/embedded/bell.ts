import { closeSync, constants, openSync, writeSync } from "node:fs";

/** A file of one byte beside the bus file. Who has committed something that others wait for writes it anew. */
export type Bell = { readonly file: string; readonly ring: () => void; readonly close: () => void };

const BYTE = Buffer.from([1]);

/** One event of the file system a commit, and after it: those of the bus file itself are dozens, and come before it can be seen. */
export function openBell(file: string): Bell {
  let fd: number | undefined = openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o600);
  return {
    file,
    ring: () => {
      if (fd === undefined) return; // its number may be another file's by now
      try {
        writeSync(fd, BYTE, 0, BYTE.length, 0);
      } catch {
        // A full disk, say. What was committed stands, and everybody looks by themselves within a second.
      }
    },
    close: () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}
