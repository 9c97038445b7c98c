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
    const files = keyFiles(site);
    const findings = files.flatMap(({ signer, path }) => findingOf(signer, path, join(folder, `${signer}.pub`)) ?? []);
    const ill = findings.filter(({ mark }) => mark === "bad");
    const compared = files.length - findings.length;
    return compared === 0 || ill.length > 0
      ? findings
      : [...findings, well(`${compared} private keys, each with its public half pinned`)];
  },
};

/** @returns undefined where both are there and belong together. */
function findingOf(signer: string, path: string, pinned: string): Finding | undefined {
  if (!existsSync(pinned))
    return bad(
      `no public key of ${signer} is pinned (${pinned})`,
      "Nothing that it signs is believed. Put its public key there, or set HOLDFAST_PUBLIC_KEYS to the folder that has it.",
    );
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
