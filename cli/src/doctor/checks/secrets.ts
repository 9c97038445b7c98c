import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { bad, note, warn, well, type Check, type Finding } from "../check.ts";
import { secretFiles, type SecretFile } from "../secret-files.ts";

const OTHERS = 0o077;

/** That each is there, is its own, and can be read by its owner alone. */
export const check: Check = {
  name: "secrets",
  rank: 30,
  run: (site) => {
    const folder = join(site.start.HOLDFAST_DATA, "secrets");
    const files = secretFiles(site);
    const there = files.filter(({ path }) => existsSync(path));
    if (there.length === 0)
      return [
        note(
          `there are no secrets on this machine (${folder})`,
          "Run this where the services run, to have theirs examined.",
        ),
      ];
    const gone = files
      .filter(({ path }) => !existsSync(path))
      .map(({ path, setting }) =>
        warn(`${path} is missing`, `"npm start" generates it; or set ${setting} to where it is.`),
      );
    const ill = [...gone, ...openToOthers(folder, there), ...shared(there)];
    return ill.length > 0 ? ill : [well(`${there.length} files, each its own, none readable by others`)];
  },
};

function openToOthers(folder: string, files: readonly SecretFile[]): readonly Finding[] {
  if (process.platform === "win32") return [];
  return [...(existsSync(folder) ? [folder] : []), ...files.map(({ path }) => path)].flatMap((path) => {
    const { mode } = statSync(path);
    if ((mode & OTHERS) === 0) return [];
    const says = `${path} has mode ${(mode & 0o777).toString(8)}: other users of this machine can reach it`;
    return [bad(says, `chmod go= ${path}, and replace what they may have read.`)];
  });
}

/** Two that are the same are one: whoever has the first has the second. */
function shared(files: readonly SecretFile[]): readonly Finding[] {
  const known = new Map<string, string>();
  return files.flatMap(({ path }) => {
    const text = readable(path);
    if (text === undefined) return [note(`${path} cannot be read by this user, so it was not compared`)];
    const digest = createHash("sha256").update(text).digest("hex");
    const first = known.get(digest);
    known.set(digest, first ?? path);
    if (first === undefined) return [];
    const names = `${basename(first)} and ${basename(path)}`;
    return [bad(`${names} hold the same secret`, `Remove ${path} and start again: each door and signer has its own.`)];
  });
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
