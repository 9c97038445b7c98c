import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { IDENTITIES, newTokens } from "./identities.ts";
import type { IdentityName, Tokens } from "./identities.ts";

/**
 * The tokens of the sandbox under `<data>/secrets/`, or where `files` says, made at the first start, with a kubeconfig of each.
 * Who comes second finds what is there.
 */
export function ensureCredentials(
  data: string,
  url: string,
  files: Partial<Readonly<Record<IdentityName, string>>> = {},
): { tokens: Tokens; kubeconfigs: Readonly<Record<IdentityName, string>> } {
  const folder = join(data, "secrets");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = newTokens();
  const one = (name: IdentityName): { token: string; file: string } => {
    const token = writeOnce(files[name] ?? join(folder, `sandbox-${name}.token`), fresh[name]);
    const file = join(folder, `sandbox-${name}.kubeconfig`);
    writeFileSync(file, kubeconfigOf(url, name, token), { mode: 0o600 });
    chmodSync(file, 0o600);
    return { token, file };
  };
  const made = Object.fromEntries(IDENTITIES.map((name) => [name, one(name)])) as Record<
    IdentityName,
    { token: string; file: string }
  >;
  const pick = (key: "token" | "file"): Record<IdentityName, string> => ({
    triage: made.triage[key],
    policy: made.policy[key],
    executor: made.executor[key],
    admin: made.admin[key],
  });
  return { tokens: pick("token"), kubeconfigs: pick("file") };
}

/** Plain http on loopback: the client refuses it unless TLS is declared unverified. */
export function kubeconfigOf(url: string, user: IdentityName, token: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "sandbox",
    clusters: [{ name: "sandbox", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user } }],
  });
}

/** INVARIANT: under its name the file is whole from the first moment, so two who start at once read the same token. */
function writeOnce(file: string, text: string): string {
  // Where somebody else has put it there, its folder need not be ours to write.
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${text}\n`, { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  } finally {
    unlinkSync(own);
  }
  return readFileSync(file, "utf8").trim();
}
