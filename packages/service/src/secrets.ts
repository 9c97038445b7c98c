import { statSync, readFileSync } from "node:fs";

const SECRET_BYTES_MAX = 64 * 1024;
const READ_BY_OTHERS = 0o004;

/** The text of a secret file, without the white space around it. @throws with a sentence that never quotes it. */
export function readSecret(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true)
    throw new Error(`The secret file ${path} does not exist. "npm start" generates it; or put it there.`);
  if (process.platform !== "win32" && (found.mode & READ_BY_OTHERS) !== 0)
    throw new Error(`Every user of this machine can read the secret file ${path}. Run: chmod 600 ${path}`);
  if (found.size > SECRET_BYTES_MAX)
    throw new Error(`The secret file ${path} has ${found.size} bytes, more than any secret. Is it the right file?`);
  const text = readFileSync(path, "utf8").trim();
  if (text === "")
    throw new Error(`The secret file ${path} is empty. Remove it and run "npm start" to generate it anew, or fill it.`);
  return text;
}
