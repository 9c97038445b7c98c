import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { refused, type Refusal } from "./refusal.ts";

export const BODY_BYTES_MAX = 1024 * 1024;
const UNZIPPED_BYTES_MAX = 8 * 1024 * 1024;
export const DEPTH_MAX = 16;

export type Body = { readonly outcome: "json"; readonly value: unknown } | Refusal;

const inflate = promisify(gunzip);
const TOO_LARGE = refused(
  413,
  "too_large",
  `The body is larger than ${BODY_BYTES_MAX} bytes, or than ${UNZIPPED_BYTES_MAX} unzipped. Lower max_alerts of the receiver.`,
);

/** Reads JSON, plain or gzip, within the limits; what is over a limit is not kept in memory. */
export async function readBody(req: IncomingMessage): Promise<Body> {
  if (!/^application\/json\s*(;|$)/i.test(req.headers["content-type"] ?? ""))
    return refused(415, "media_type", "The body must be application/json, as Alertmanager sends it.");
  const encoding = (req.headers["content-encoding"] ?? "identity").toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip")
    return refused(415, "media_type", "The body must be sent as it is, or with gzip.");
  const bytes = await collected(req);
  if (bytes === undefined) return TOO_LARGE;
  const plain = encoding === "gzip" ? await unzipped(bytes) : bytes;
  return Buffer.isBuffer(plain) ? parsed(plain) : plain;
}

/** @returns undefined when it is too large: the rest is then left to Node, which reads it away. */
async function collected(req: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(req.headers["content-length"] ?? 0) > BODY_BYTES_MAX) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function unzipped(bytes: Buffer): Promise<Buffer | Refusal> {
  try {
    return await inflate(bytes, { maxOutputLength: UNZIPPED_BYTES_MAX });
  } catch (error) {
    const tooLarge = error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return tooLarge ? TOO_LARGE : refused(400, "malformed", "The body says that it is gzip, and is not.");
  }
}

function parsed(bytes: Buffer): Body {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (depthOf(text) > DEPTH_MAX) return refused(400, "malformed", `The body nests deeper than ${DEPTH_MAX}.`);
    return { outcome: "json", value: JSON.parse(text) };
  } catch {
    return refused(400, "malformed", "The body is not JSON in UTF-8.");
  }
}

/** The deepest nesting of brackets outside strings, known before anything is built from the text; one pass, whatever the text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString && character === "\\") at += 1;
    else if (character === '"') inString = !inString;
    else if (inString) continue;
    else if (character === "[" || character === "{") deepest = Math.max(deepest, (depth += 1));
    else if (character === "]" || character === "}") depth -= 1;
  }
  return deepest;
}
