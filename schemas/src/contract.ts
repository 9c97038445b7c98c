import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../", import.meta.url);

/** One digest over every schema that this copy of Holdfast can read: processes with the same one understand each other. */
export function schemasDigest(): string {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^[^/]+\/v\d+\.avsc$/.test(file))
    .toSorted();
  if (files.length === 0) throw new Error("There is no schema in the folder schemas, so nothing could be read.");
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(new URL(file, FOLDER)));
  return hash.digest("hex");
}
