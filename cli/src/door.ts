import { readFileSync } from "node:fs";
import { visibleLine } from "@holdfast/schemas";
import { EXIT, Stopped } from "./exit.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import type { World } from "./world.ts";

/** What a door answered: its bytes as they came, and JSON read from them where it is JSON. */
export type Answer = {
  readonly status: number;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: Fields;
  readonly headers: Headers;
};

type Request = { readonly method?: "GET" | "POST"; readonly body?: Fields; readonly token?: string | undefined };

const ANSWER_MS_MAX = 45_000;
const BYTES_MAX = 64 * 1024 * 1024;

/** @throws Stopped: unreachable when nobody answers or the service failed. Any other status is an answer. */
export async function call(
  world: World,
  service: string,
  url: string,
  { method = "GET", body, token }: Request = {},
): Promise<Answer> {
  const headers = {
    accept: "application/json",
    ...(body && { "content-type": "application/json" }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
  let answer: Answer;
  try {
    const response = await world.fetch(url, {
      method,
      headers,
      signal,
      redirect: "error",
      ...(body && { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (bytes.length > BYTES_MAX) throw new Error("its answer is too long");
    const text = bytes.toString();
    answer = { status: response.status, bytes, text, json: parsed(text), headers: response.headers };
  } catch (cause) {
    throw new Stopped(
      EXIT.unreachable,
      `${service} at ${new URL(url).origin} cannot be reached (${reasonOf(cause)}). Is Holdfast running? "npm start" starts it.`,
      { cause },
    );
  }
  if (answer.status >= 500) throw new Stopped(EXIT.unreachable, `${service} could not answer: ${detailOf(answer)}`);
  return answer;
}

/** The answer of a request that must succeed. @throws Stopped with the door's own sentence. */
export async function need(world: World, service: string, url: string, request: Request = {}): Promise<Answer> {
  const answer = await call(world, service, url, request);
  if (answer.status >= 400) throw new Stopped(answer.status === 400 ? EXIT.usage : EXIT.refused, detailOf(answer));
  return answer;
}

export function approval(world: World, path: string): string {
  return `${world.settings.HOLDFAST_APPROVAL_URL}${path}`;
}

/** The sentence of a problem, made visible: a door may quote what others wrote. */
export function detailOf({ json, status }: Answer): string {
  return typeof json["detail"] === "string" ? inCommands(visibleLine(json["detail"])) : `it answered ${status}`;
}

/** A door speaks to programs; at a terminal the same is done by a command or a setting. */
function inCommands(sentence: string): string {
  return sentence
    .replace(
      /(?:GET )?\/v1\/(proposals|incidents) lists those that there are/,
      "`holdfast $1` lists those that there are",
    )
    .replace(
      /Send (?:yours|your token|the token) as: Authorization: Bearer TOKEN(?:; in a browser it is the password, with any name)?/,
      "Put yours into HOLDFAST_TOKEN, or into the file that HOLDFAST_TOKEN_FILE names",
    );
}

/** The person's token; undefined where there is none. */
export function tokenOf({ settings }: World): string | undefined {
  if (settings.HOLDFAST_TOKEN !== undefined) return settings.HOLDFAST_TOKEN;
  try {
    return readFileSync(settings.HOLDFAST_TOKEN_FILE, "utf8").trim() || undefined;
  } catch {
    return undefined; // on this machine reading needs none
  }
}

/** @throws Stopped where a vote needs a person and nobody has said who they are. */
export function needToken(world: World): string {
  const token = tokenOf(world);
  if (token === undefined)
    throw new Stopped(
      EXIT.usage,
      `A vote is a person's, and you have not said who you are: set HOLDFAST_TOKEN, or put your token into ${world.settings.HOLDFAST_TOKEN_FILE}.`,
    );
  return token;
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && "code" in inner ? String(inner.code) : "";
  return code !== "" ? code : inner instanceof Error ? inner.message : String(inner);
}
