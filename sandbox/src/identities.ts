import { createHash, randomBytes } from "node:crypto";

export const IDENTITIES = ["triage", "policy", "executor", "admin"] as const;
export type IdentityName = (typeof IDENTITIES)[number];
export type Tokens = Readonly<Record<IdentityName, string>>;

export type Identity = {
  readonly name: IdentityName;
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly credentialId: string;
};

export function newTokens(): Tokens {
  const token = (name: string): string => `sandbox-${name}-${randomBytes(24).toString("base64url")}`;
  return { triage: token("triage"), policy: token("policy"), executor: token("executor"), admin: token("admin") };
}

/** Tokens are compared by their digests, so the time it takes tells nothing. */
export function authenticator(tokens: Tokens): (authorization: string | undefined) => Identity | undefined {
  const known = new Map(IDENTITIES.map((name) => [digest(tokens[name]), identityOf(name, tokens[name])]));
  return (authorization) => {
    const [, token] = /^Bearer (\S+)$/.exec(authorization ?? "") ?? [];
    return token === undefined ? undefined : known.get(digest(token));
  };
}

function identityOf(name: IdentityName, token: string): Identity {
  const credentialId = `JTI=${uuid(digest(`jti ${token}`))}`;
  const uid = uuid(digest(`account ${name}`));
  if (name === "admin") {
    return { name, username: "sandbox-admin", uid, groups: ["system:masters", "system:authenticated"], credentialId };
  }
  return {
    name,
    username: `system:serviceaccount:holdfast:${name}`,
    uid,
    groups: ["system:serviceaccounts", "system:serviceaccounts:holdfast", "system:authenticated"],
    credentialId,
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
