import { createPublicKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeys } from "@holdfast/schemas";
import { bad, note, well, type Check, type Finding } from "../check.ts";
import { keyFiles } from "../secret-files.ts";

/** What a signer signs is believed only where its public half is pinned. */
export const check: Check = {
  name: "keys",
  rank: 40,
  run: (site) => {
    const folder = site.start.HOLDFAST_PUBLIC_KEYS;
    const all = keyFiles(site);
    const files = all.filter(({ signer }) => existsSync(pinOf(folder, signer)));
    const unpinned = all.filter((file) => !files.includes(file)).map(({ signer }) => signer);
    const findings = [
      ...missing(unpinned, folder),
      ...files.flatMap(({ signer, path }) => findingOf(signer, path, pinOf(folder, signer)) ?? []),
    ];
    const ill = findings.filter(({ mark }) => mark === "bad");
    const compared = files.length - findings.filter(({ mark }) => mark === "note").length;
    return compared === 0 || ill.length > 0
      ? findings
      : [...findings, well(`${compared} private keys, each with its public half pinned`)];
  },
};

function pinOf(folder: string, signer: string): string {
  return join(folder, `${signer}.pub`);
}

function missing(signers: readonly string[], folder: string): readonly Finding[] {
  if (signers.length === 0) return [];
  const fix =
    "Nothing that they sign is believed. Put <signer>.pub there, or set HOLDFAST_PUBLIC_KEYS to where they are.";
  return [bad(`no public key of ${signers.join(", ")} is pinned in ${folder}`, fix)];
}

/** @returns undefined where both are there and belong together. */
function findingOf(signer: string, path: string, pinned: string): Finding | undefined {
  if (!existsSync(path))
    return note(`the private key of ${signer} is not on this machine, so its pin was not compared`);
  try {
    const own = bytesOf(createPublicKey(readFileSync(path, "utf8")));
    const isPinned = publicKeys(signer, readFileSync(pinned, "utf8")).some((key) => bytesOf(key).equals(own));
    if (isPinned) return undefined;
    return bad(
      `the key of ${signer} is not the one that is pinned`,
      `Every record that it signs is refused. Bring back the private key that ${pinned} belongs to; while rotating, pin both.`,
    );
  } catch {
    return bad(`the key of ${signer} cannot be read (${path}, ${pinned})`, "Both must be PEM, an Ed25519 key each.");
  }
}

function bytesOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: "spki", format: "der" });
}
