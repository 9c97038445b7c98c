import { tokenDigest } from "@holdfast/guard";
import { newKeyPair } from "@holdfast/schemas";
import type { Settings } from "@holdfast/service";
import { createPublicKey, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

type Start = Settings<"start">;

/** Makes what a start needs and is not there yet: a token for each door, a key pair for each signer. What is there stays. */
export function prepareData(settings: Start): void {
  mkdirSync(secretsOf(settings), { recursive: true, mode: 0o700 });
  mkdirSync(settings.HOLDFAST_PUBLIC_KEYS, { recursive: true });
  for (const path of tokenFiles(settings)) if (isOurs(settings, path)) makeToken(path);
  if (settings.HOLDFAST_CLUSTER === "sandbox") makeDigest(settings);
  for (const [signer, path] of keyFiles(settings))
    if (isOurs(settings, path)) makePair(signer, path, settings.HOLDFAST_PUBLIC_KEYS);
}

function tokenFiles(settings: Start): readonly string[] {
  const always = [settings.HOLDFAST_INTAKE_TOKEN_FILE, settings.HOLDFAST_AUDIT_TOKEN_FILE];
  if (settings.HOLDFAST_CLUSTER !== "sandbox") return always;
  return [
    ...always,
    settings.HOLDFAST_APPROVER_TOKEN_FILE,
    settings.HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE,
    settings.HOLDFAST_SANDBOX_POLICY_TOKEN_FILE,
    settings.HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE,
  ];
}

/** Who only observes holds no key that opens, and none that says that something was done. */
function keyFiles(settings: Start): readonly (readonly [signer: string, path: string])[] {
  const always = [
    ["approval", settings.HOLDFAST_APPROVAL_KEY_FILE],
    ["policy-close", settings.HOLDFAST_POLICY_CLOSE_KEY_FILE],
    ["audit", settings.HOLDFAST_AUDIT_KEY_FILE],
  ] as const;
  if (settings.HOLDFAST_MODE === "observe") return always;
  return [
    ...always,
    ["policy-open", settings.HOLDFAST_POLICY_OPEN_KEY_FILE],
    ["executor", settings.HOLDFAST_EXECUTOR_KEY_FILE],
  ];
}

/** A secret that somebody keeps elsewhere is theirs to make. */
function isOurs(settings: Start, path: string): boolean {
  return dirname(resolve(path)) === secretsOf(settings);
}

function secretsOf(settings: Start): string {
  return join(settings.HOLDFAST_DATA, "secrets");
}

function makeToken(path: string): void {
  if (!existsSync(path)) writeWhole(path, `${randomBytes(32).toString("base64url")}\n`, 0o600);
}

/** Made anew at each start, because it follows from the token. */
function makeDigest(settings: Start): void {
  const { HOLDFAST_APPROVER_TOKEN_FILE: token, HOLDFAST_APPROVER_DIGEST_FILE: digest } = settings;
  if (!isOurs(settings, digest) || !existsSync(token)) return;
  writeWhole(digest, `${tokenDigest(readFileSync(token, "utf8").trim())}\n`, 0o600);
}

function makePair(signer: string, path: string, publicKeys: string): void {
  const publicPath = join(publicKeys, `${signer}.pub`);
  if (existsSync(path)) {
    if (!existsSync(publicPath)) writeWhole(publicPath, publicPem(readFileSync(path, "utf8")), 0o644);
    return;
  }
  // A new key beside an old public one would sign what nobody believes.
  if (existsSync(publicPath))
    throw new Error(
      `The private key ${path} is missing, and its public key ${publicPath} is there. Put the private key back; or, to begin with a new one, move the public key away.`,
    );
  const pair = newKeyPair();
  writeWhole(path, pair.privatePem, 0o600);
  writeWhole(publicPath, pair.publicPem, 0o644);
}

function publicPem(privatePem: string): string {
  return createPublicKey(privatePem).export({ type: "spki", format: "pem" }).toString();
}

/** INVARIANT: under the name there is a whole file or none, whenever this is killed. */
function writeWhole(path: string, text: string, mode: number): void {
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, text, { mode });
  renameSync(next, path);
}
