import { pino, type DestinationStream } from "pino";

export type Facts = Readonly<Record<string, unknown>>;
type Say = (says: string, facts?: Facts) => void;

/** A sentence for people, then facts for machines. Put an error under `error`: it is written with its causes. */
export type Log = { readonly debug: Say; readonly info: Say; readonly warn: Say; readonly error: Say };
export type LogLevel = keyof Log;

/** Names under which no value is ever written, at the top of the facts and one level below. */
const SECRETS = [
  "token",
  "authorization",
  "password",
  "secret",
  "apiKey",
  "privateKey",
  "cookie",
  "ANTHROPIC_API_KEY",
  "HOLDFAST_TOKEN",
  "HOLDFAST_INTAKE_TOKEN",
];
const CENSOR = "[secret]";
/** What is shorter is part of words, and no line could be read without it. */
const SECRET_LENGTH_MIN = 8;
const CAUSES_MAX = 8;

type Options = {
  readonly service: string;
  readonly level: LogLevel;
  readonly to: DestinationStream;
  /** Texts that are never written, wherever in a line they stand. */
  readonly secrets?: readonly string[];
};

export function openLog({ service, level, to, secrets = [] }: Options): Log {
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: CENSOR },
      serializers: {
        error: (error: unknown) => ({ says: sentenceOf(error), ...(level === "debug" && { stack: stackOf(error) }) }),
      },
    },
    without(secrets, to),
  );
  const say =
    (at: LogLevel): Say =>
    (says, facts = {}) =>
      logger[at](facts, says);
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

/** By their values: an error of a library knows no names. In a line they stand as JSON writes them. */
function without(secrets: readonly string[], to: DestinationStream): DestinationStream {
  const written = secrets
    .filter((secret) => secret.length >= SECRET_LENGTH_MIN)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return { write: (line) => to.write(written.reduce((text, secret) => text.replaceAll(secret, CENSOR), line)) };
}

/** stderr: JSON for machines, one plain line for a person at a terminal. */
export function standardError(): DestinationStream {
  const plain = process.stderr.isTTY;
  return { write: (line) => void process.stderr.write(plain ? `${plainLine(line)}\n` : line) };
}

/** A line of the log as a person reads it. What is no line of the log stays as it is. */
export function plainLine(line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return line.trimEnd();
  const { time, level, service, msg, ...facts } = entry;
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${shown(value)}`);
  return visible(
    [shown(time).slice(11, 19), shown(service).padEnd(8), shown(level).padEnd(5), shown(msg), ...rest].join(" "),
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What an error says, and what its causes say, in one line. */
export function sentenceOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : JSON.stringify(error);
  const says = error.message || error.name;
  if (error.cause === undefined || depth === CAUSES_MAX) return says;
  const because = sentenceOf(error.cause, depth + 1);
  if (says.includes(because)) return says;
  return says.endsWith(".") ? `${says} (${because})` : `${says}: ${because}`;
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}

function parsed(line: string): Facts | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "level" in value && "msg" in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Control characters of what others wrote would move the reader's cursor. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
