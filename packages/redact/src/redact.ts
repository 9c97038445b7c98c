import { visible } from "@holdfast/schemas";
import { hitsOf, privateKeys, RULES, secretData, type Hit } from "./redact-rules.ts";

declare const redacted: unique symbol;

/** Text that may leave a reading adapter: no secret that we know how to recognise, and no character that hides. */
export type RedactedText = string & { readonly [redacted]: true };

export type Redactor = {
  readonly text: (text: string) => RedactedText;
  /** The same object with every string in it redacted, and without what is never needed and often secret. */
  readonly object: <T>(object: T) => T;
};

const KNOWN_CHARACTERS_MIN = 8;
const WORD_CHARACTERS_MAX = 64;
const WORDS_MAX = 4096;

/** @param secrets those of this very process: they are masked wherever they turn up, also in base64 and in a URL. */
export function openRedactor(secrets: readonly string[]): Redactor {
  const known = spellings(secrets);
  const text = (raw: string): RedactedText =>
    visible(
      masked(
        raw,
        merged([
          ...known.flatMap((word) => literal(word, raw)),
          ...privateKeys(raw),
          ...secretData(raw),
          ...RULES.flatMap((rule) => hitsOf(rule, raw)),
        ]),
      ),
    ) as RedactedText;
  const again = remembered(text);
  return { text, object: (object) => cleaned(object, again) };
}

/** An object says the same few words a thousand times over, and what a text becomes hangs on nothing else. */
function remembered(text: (raw: string) => string): (raw: string) => string {
  const known = new Map<string, string>();
  return (raw) => {
    if (raw.length > WORD_CHARACTERS_MAX) return text(raw);
    const made = known.get(raw) ?? text(raw);
    if (known.size >= WORDS_MAX) known.clear();
    known.set(raw, made);
    return made;
  };
}

function spellings(secrets: readonly string[]): readonly string[] {
  const long = secrets.filter((secret) => secret.length >= KNOWN_CHARACTERS_MIN);
  return [
    ...new Set(
      long.flatMap((secret) => [
        secret,
        Buffer.from(secret).toString("base64"),
        Buffer.from(secret).toString("base64url"),
        encodeURIComponent(secret),
      ]),
    ),
  ];
}

function literal(word: string, text: string): readonly Hit[] {
  const hits: Hit[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    hits.push({ start: at, end: at + word.length, name: "own" });
  return hits;
}

function merged(hits: readonly Hit[]): readonly Hit[] {
  const apart: Hit[] = [];
  for (const hit of hits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = apart.at(-1);
    if (last === undefined || hit.start >= last.end) apart.push(hit);
    else apart[apart.length - 1] = { ...last, end: Math.max(last.end, hit.end) };
  }
  return apart;
}

function masked(text: string, hits: readonly Hit[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, name } of hits) {
    parts.push(text.slice(from, start), `[redacted:${name}]`);
    from = end;
  }
  return parts.join("") + text.slice(from);
}

/** A copy of everything that was ever applied, and the server's book-keeping of who set which field. */
const DROPPED = new Set(["kubectl.kubernetes.io/last-applied-configuration", "fieldsV1"]);
const SECRET_NAME = /passw|secret|token|api[_-]?key|private[_-]?key|credential/iu;
const DEPTH_MAX = 40;

/** Keeps the shape: names and structure stay, and only what strings say changes. */
function cleaned<T>(object: T, text: (raw: string) => string): T {
  return clean(object, text, 0) as T;
}

function clean(value: unknown, text: (raw: string) => string, depth: number): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return typeof value === "object" ? null : value;
  if (Array.isArray(value)) return value.map((item: unknown) => clean(item, text, depth + 1));
  const entries = Object.entries(value).filter(([name]) => !DROPPED.has(name));
  return Object.fromEntries(
    entries.map(([name, member]) => [
      text(name),
      name === "env"
        ? withoutValues(member)
        : SECRET_NAME.test(name) && typeof member === "string"
          ? "[redacted:name]"
          : clean(member, text, depth + 1),
    ]),
  );
}

/** Which variables are set, and never to what. */
function withoutValues(env: unknown): unknown {
  if (!Array.isArray(env)) return [];
  return env.map((entry: unknown) => ({
    name:
      typeof entry === "object" && entry !== null && "name" in entry && typeof entry.name === "string"
        ? visible(entry.name)
        : "",
  }));
}
