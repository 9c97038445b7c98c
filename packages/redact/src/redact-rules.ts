/**
 * What a secret looks like. Every repeat is bounded and none stands inside another, so that no input takes more than a
 * fixed number of steps a character. Where a rule names a group `secret`, only that is masked and the key stays readable.
 */
export type Rule = {
  readonly name: string;
  readonly pattern: RegExp;
  readonly spares?: (secret: string, match: string) => boolean;
};

const PLAIN_NUMBERS = /^[\d.:/]{1,40}(?:tcp|udp)?$/u;
const WORD = /^[a-z]{1,40}[.,:;!?)]{0,3}$/iu;

export const RULES: readonly Rule[] = [
  { name: "aws-key", pattern: /(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])/gu },
  { name: "google-key", pattern: /AIza[\w-]{35}/gu },
  { name: "google-oauth", pattern: /ya29\.[\w.-]{20,1000}/gu },
  { name: "azure-key", pattern: /(?:AccountKey|SharedAccessKey|sig)=(?<secret>[A-Za-z0-9+/%]{30,200}={0,2})/gu },
  { name: "github-token", pattern: /(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{22,255})/gu },
  { name: "gitlab-token", pattern: /gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w.-]{20,300}/gu },
  { name: "slack-token", pattern: /xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,300}/gu },
  { name: "slack-webhook", pattern: /hooks\.slack\.com\/(?:services|workflows)\/(?<secret>[A-Za-z0-9/+_]{20,200})/gu },
  { name: "discord-webhook", pattern: /discord(?:app)?\.com\/api\/webhooks\/(?<secret>\d{5,25}\/[\w-]{30,100})/gu },
  { name: "telegram-token", pattern: /(?<!\d)\d{8,10}:AA[\w-]{33}/gu },
  { name: "model-key", pattern: /sk-(?:ant-|proj-|svcacct-|or-)?[\w-]{20,300}/gu },
  { name: "payment-key", pattern: /(?:[rsp]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,250}/gu },
  {
    name: "package-token",
    pattern: /(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,300}|dckr_pat_[\w-]{20,100}|rubygems_[0-9a-f]{48})/gu,
  },
  {
    name: "mail-key",
    pattern: /(?:SG\.[\w-]{16,32}\.[\w-]{32,64}|(?<!\w)key-[0-9a-f]{32}|xkeysib-[0-9a-f]{64}-\w{16})/gu,
  },
  { name: "vault-token", pattern: /(?<!\w)(?:hv[sbr]\.[\w-]{20,300}|do[opr]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32})/gu },
  { name: "jwt", pattern: /(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{8,4000}\.[\w-]{4,8000}(?:\.[\w-]{0,4000})?/gu },
  {
    name: "docker-auth",
    pattern: /"(?:auth|identitytoken|registrytoken)"\s{0,5}:\s{0,5}"(?<secret>[^"\s]{8,8000})"/gu,
  },
  // a port and a path are no password, even where an @ follows
  {
    name: "url-password",
    pattern: /:\/\/[^\s/:@"'<>[]{0,256}:(?!\d{1,5}[/?#])(?<secret>[^\s"'<>]{1,512})@/gu,
  },
  { name: "url-token", pattern: /:\/\/(?<secret>[^\s/:@"'<>[]{12,512})@/gu },
  {
    name: "authorization",
    pattern:
      /authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)\s{1,3})?(?<secret>[^\s"'][^\r\n"']{3,4096})/giu,
  },
  {
    name: "bearer",
    pattern: /(?<![A-Za-z])(?:bearer|basic)\s{1,3}(?<secret>[\w.~+/-]{8,4096}={0,2})/giu,
    spares: (secret) => WORD.test(secret),
  },
  { name: "cookie", pattern: /cookie["']?\s{0,3}[:=]\s{0,3}["']?(?<secret>[^\r\n"']{4,4096})/giu },
  {
    name: "key-value",
    pattern:
      /(?:passw(?:or)?d|passphrase|(?<![a-z])p(?:ass|wd)|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)[\w.-]{0,30}\\?["']?\s{0,3}(?::=|=>|[:=])\s{0,3}(?:\\?"(?<quoted>[^"\r\n]{1,4096})"|'(?<single>[^'\r\n]{1,4096})'|(?<secret>[^\s"'&;]{4,4096}))/giu,
    // a count of tokens is no token
    spares: (secret, match) =>
      /^(?:\D{0,40}tokens|tokens?_(?:used|count|total|limit)\w{0,20})\W/iu.test(match) &&
      PLAIN_NUMBERS.test(secret.replace(/[,)\]}]{0,5}$/u, "")),
  },
  {
    name: "argument",
    pattern:
      /(?<!\S)--?(?:[a-z][a-z-]{0,30}-)?(?:password|passwd|pass|token|secret|api-key|key|p|u)(?:=|\s{1,3})["']?(?<secret>[^\s"']{4,1024})/giu,
    spares: (secret, match) =>
      PLAIN_NUMBERS.test(secret) || /^(?:[.~]?\/|-)/u.test(secret) || (/^-[pu]\s/u.test(match) && WORD.test(secret)),
  },
  {
    name: "argument",
    pattern: /(?:mysql|mariadb|mysqldump|mysqladmin|sshpass)[^\r\n]{0,200}?\s-p(?<secret>[^\s"']{4,256})/gu,
  },
];

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/gu;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/gu;
/** An RSA key of 16,384 bits, with a time before each of its lines. */
const PEM_CHARACTERS_MAX = 16_384;
const BODY = /[A-Za-z0-9+/=\s\\:,.-]{0,16384}/uy;

const MASKED = /^\[redacted:[a-z-]{1,30}\][.,;:)}\]]{0,5}$/u;

/** Almost every text has none, and a search is far cheaper than the copy of its pattern that matchAll makes. */
const NO_HITS: readonly Hit[] = [];

export type Hit = { readonly start: number; readonly end: number; readonly name: string };

/** A private key from its first line to its last; one that is cut off, to where it stops looking like one. */
export function privateKeys(text: string): readonly Hit[] {
  if (text.search(BEGIN) < 0) return NO_HITS;
  const ends = [...text.matchAll(END)].map((match) => match.index + match[0].length);
  const hits: Hit[] = [];
  let next = 0;
  let covered = 0;
  for (const match of text.matchAll(BEGIN)) {
    const start = match.index;
    if (start < covered) continue;
    while ((ends[next] ?? Infinity) <= start) next += 1;
    const end = ends[next];
    covered = end !== undefined && end - start <= PEM_CHARACTERS_MAX ? end : bodyEnd(text, start + match[0].length);
    hits.push({ start, end: covered, name: "private-key" });
  }
  return hits;
}

function bodyEnd(text: string, from: number): number {
  BODY.lastIndex = from;
  return from + (BODY.exec(text)?.[0].length ?? 0);
}

const SECRET_KIND = /["']?kind["']?\s{0,5}:\s{0,5}["']?Secret(?![A-Za-z])/u;
const SECRET_VALUE = /[\w.-]{1,253}["']?\s{0,5}:\s{0,5}["']?(?<secret>[A-Za-z0-9+/]{8,65536}={0,2})/gu;

/** The values of a Kubernetes Secret, whatever their keys are called. */
export function secretData(text: string): readonly Hit[] {
  return SECRET_KIND.test(text)
    ? hitsOf({ name: "kubernetes-secret", pattern: SECRET_VALUE, spares: (secret) => secret === "kubernetes" }, text)
    : [];
}

export function hitsOf({ name, pattern, spares }: Rule, text: string): readonly Hit[] {
  if (text.search(pattern) < 0) return NO_HITS;
  const hits: Hit[] = [];
  for (const match of text.matchAll(pattern)) {
    const secret = match.groups?.["secret"] ?? match.groups?.["quoted"] ?? match.groups?.["single"] ?? match[0];
    if (MASKED.test(secret) || spares?.(secret, match[0]) === true) continue;
    const start = match.index + match[0].lastIndexOf(secret);
    hits.push({ start, end: start + secret.length, name });
  }
  return hits;
}
