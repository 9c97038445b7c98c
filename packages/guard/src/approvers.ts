import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

import type { Level } from "./facts.ts";
import type { Inventory } from "./inventory.ts";
import { fieldsOf, filledListOf, listOf, readYaml, textOf } from "./strict-yaml.ts";

export const STATIC_ISSUER = "holdfast/static";

/** A verified person. A static token proves no more than level 1. */
export type Person = {
  readonly issuer: typeof STATIC_ISSUER;
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly level: Level;
};

export type ApproverEntry = {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Lowercase hex. The token itself is kept nowhere. */
  readonly tokenSha256: string;
};

export type Approvers = {
  /** The file that lists them, for sentences about it. */
  readonly file: string;
  readonly entries: readonly ApproverEntry[];
  readonly identify: (token: string) => Person | undefined;
  readonly find: (subject: string) => Person | undefined;
};

const FILE = "config/approvers.yaml";
const SUBJECT = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;
const ROLE = /^[a-z][a-z0-9-]{0,62}$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’-]{0,79}$/u;

export function openApprovers(text: string, file = FILE): Approvers {
  const fields = fieldsOf(readYaml(text, file), file, {
    required: ["approvers"],
    ifEmpty: "Write approvers: [] for nobody.",
  });
  const entries = listOf(fields.get("approvers"), `${file}: approvers`).map((value, at) =>
    entryOf(value, `${file}: approvers[${at}]`),
  );
  return approversOf(entries, file);
}

/** The sandbox's own person, in memory only, known by the digest of her token: who does not take votes needs no more. */
export function withSandboxPerson(approvers: Approvers, digest: string): Approvers {
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new Error(
      "What stands for the token of alice is no SHA-256. Remove its file, and the next start makes it anew.",
    );
  const alice = { subject: "alice", name: "alice", roles: ["oncall"], tokenSha256: digest };
  return approversOf([...approvers.entries, alice], approvers.file);
}

export function tokenDigest(token: string): string {
  return sha256(token).toString("hex");
}

/** A new line for the file, and the token that its owner sees once. */
export function newApprover(
  name: string,
  roles: readonly string[],
): { readonly entry: ApproverEntry; readonly token: string } {
  const token = randomBytes(32).toString("base64url");
  const subject = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return {
    entry: entryOf({ subject, name, roles, tokenSha256: tokenDigest(token) }, "The new approver"),
    token,
  };
}

/** A sentence, where static tokens would approve changes of a real production; else nothing. */
export function refuseStaticTokens(inventory: Inventory, approvers: Approvers): string | undefined {
  if (approvers.entries.length === 0 || inventory.staticTokensInProd) return undefined;
  // A namespace that is not listed is prod, so an empty list is production too.
  const productive = [...inventory.clusters.values()].find(
    ({ simulated, namespaces }) => !simulated && (namespaces.size === 0 || [...namespaces.values()].includes("prod")),
  );
  if (productive === undefined) return undefined;
  return (
    `The cluster ${productive.name} holds a prod environment, and ${approvers.file} identifies people by static tokens, which prove little about who holds them. ` +
    `Nothing was started. Remove the tokens, or write "staticTokensInProd: true" in ${inventory.file} if that is what you want.`
  );
}

function approversOf(entries: readonly ApproverEntry[], file: string): Approvers {
  for (const [at, { subject, tokenSha256 }] of entries.entries()) {
    const earlier = entries.slice(0, at);
    if (earlier.some((entry) => entry.subject === subject))
      throw new Error(`${file}: two approvers have the subject "${subject}". Each person stands there once.`);
    if (earlier.some((entry) => entry.tokenSha256 === tokenSha256))
      throw new Error(
        `${file}: "${subject}" shares a token with somebody else. A vote must come from one person: give each a token of their own.`,
      );
  }
  return {
    file,
    entries,
    identify: (token) => personOf(holderOf(entries, token)),
    find: (subject) => personOf(entries.find((entry) => entry.subject === subject)),
  };
}

/** Looks at every entry whatever it finds, so that the time taken tells nothing about the table. */
function holderOf(entries: readonly ApproverEntry[], token: string): ApproverEntry | undefined {
  const given = sha256(token);
  const holders = entries.filter(({ tokenSha256 }) => timingSafeEqual(Buffer.from(tokenSha256, "hex"), given));
  return holders[0];
}

function personOf(entry: ApproverEntry | undefined): Person | undefined {
  if (entry === undefined) return undefined;
  return { issuer: STATIC_ISSUER, subject: entry.subject, name: entry.name, roles: entry.roles, level: 1 };
}

function entryOf(value: unknown, where: string): ApproverEntry {
  const fields = fieldsOf(value, where, { required: ["subject", "name", "roles", "tokenSha256"] });
  const matching = (key: string, value: unknown, shape: RegExp, says: string): string => {
    const text = textOf(value, `${where}.${key}`);
    if (!shape.test(text)) throw new Error(`${where}.${key} must be ${says}.`);
    return text;
  };
  return {
    subject: matching("subject", fields.get("subject"), SUBJECT, "lower-case letters, digits, dots and dashes"),
    name: matching("name", fields.get("name"), NAME, "a person's name: letters, digits, spaces, at most 80 characters"),
    roles: filledListOf(fields.get("roles"), `${where}.roles`).map((role, at) =>
      matching(`roles[${at}]`, role, ROLE, "a role such as oncall"),
    ),
    tokenSha256: matching(
      "tokenSha256",
      fields.get("tokenSha256"),
      /^[0-9a-f]{64}$/,
      "the SHA-256 of the token, 64 lower-case hexadecimal digits",
    ),
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
