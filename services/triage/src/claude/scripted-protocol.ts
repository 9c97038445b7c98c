import type { IncomingMessage } from "node:http";
import { z } from "zod";

/** What the real API answers with an error and a sentence. */
export class Refused extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

const CacheControl = z.strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() });
const cached = { cache_control: CacheControl.nullish() };
const TextBlock = z.strictObject({
  type: z.literal("text"),
  text: z.string().min(1),
  citations: z.null().optional(),
  ...cached,
});
const ID = /^[a-zA-Z0-9_-]+$/;
const ToolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().regex(ID),
  name: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  ...cached,
});
const ToolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().regex(ID),
  content: z.union([z.string(), z.array(TextBlock)]).optional(),
  is_error: z.boolean().optional(),
  ...cached,
});
const Thinking = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const Message = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("user"),
    content: z.union([z.string().min(1), z.array(z.discriminatedUnion("type", [TextBlock, ToolResult])).min(1)]),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z.union([z.string().min(1), z.array(z.discriminatedUnion("type", [TextBlock, ToolUse, Thinking])).min(1)]),
  }),
]);
const Schema = z.looseObject({ type: z.literal("object") });
const Tool = z.strictObject({
  type: z.literal("custom").optional(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: Schema,
  strict: z.boolean().optional(),
  ...cached,
});

/** The fields that a request of this kind may have; any other is refused, as the real one does. */
const Request = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  messages: z.array(Message).min(1),
  system: z.union([z.string(), z.array(TextBlock)]).optional(),
  tools: z.array(Tool).optional(),
  tool_choice: z
    .strictObject({ type: z.enum(["auto", "any", "none"]), disable_parallel_tool_use: z.boolean().optional() })
    .optional(),
  cache_control: CacheControl.optional(),
  stream: z.literal(false).optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  stop_sequences: z.array(z.string()).optional(),
  thinking: z.strictObject({ type: z.enum(["adaptive", "disabled"]) }).optional(),
});
export type Body = z.infer<typeof Request>;
type Block = Exclude<Body["messages"][number]["content"], string>[number];

const VERSIONS = ["2026-10-21", "2023-06-01"];
const BREAKPOINTS_MAX = 4;
const BYTES_MAX = 32 * 1024 * 1024;

export type Validator = {
  /** @throws Refused */
  readonly check: (request: IncomingMessage, text: string) => Body;
  /** What the server itself has said, which must come back unchanged. */
  readonly remember: (content: readonly object[]) => void;
};

export function openValidator(key: string): Validator {
  const signed = new Map<string, string>();
  return {
    check: (request, text) => {
      checkRequest(request, text, key);
      const parsed = Request.safeParse(jsonOf(text));
      if (!parsed.success)
        throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
      checkTools(parsed.data);
      checkTurns(parsed.data);
      checkBreakpoints(text);
      for (const block of parsed.data.messages.flatMap(blocksOf)) {
        if (block.type === "thinking" && signed.get(block.signature) !== block.thinking)
          throw invalid("`thinking` blocks in an assistant message cannot be modified");
      }
      return parsed.data;
    },
    remember: (content) => {
      for (const block of content)
        if ("signature" in block && "thinking" in block) signed.set(String(block.signature), String(block.thinking));
    },
  };
}

function checkRequest({ method, url = "", headers }: IncomingMessage, text: string, key: string): void {
  if (method !== "POST" || new URL(url, "http://x").pathname !== "/v1/messages")
    throw new Refused(404, "not_found_error", `${method} ${url} is not found`);
  if (headers.authorization !== `Bearer ${key}`) throw new Refused(401, "authentication_error", "invalid bearer token");
  if (!VERSIONS.includes(String(headers["anthropic-version"]))) throw invalid("anthropic-version: header is required");
  if (!String(headers["content-type"]).startsWith("application/json"))
    throw invalid("content-type must be application/json");
  if (Buffer.byteLength(text) > BYTES_MAX)
    throw new Refused(413, "request_too_large", "request exceeds the maximum size");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("the body is not JSON");
  }
}

function checkTools({ tools = [], messages }: Body): void {
  const names = tools.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw invalid("tools: Tool names must be unique.");
  if (tools.length === 0 && messages.flatMap(blocksOf).some(({ type }) => type === "tool_use"))
    throw invalid("tools: required where messages hold tool_use blocks");
}

/** Consecutive turns of one role count as one turn. Each tool_use is answered at the start of the turn after it. */
function checkTurns({ messages }: Body): void {
  const turns: { readonly role: string; readonly blocks: Block[] }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks.push(...blocksOf(message));
    else turns.push({ role: message.role, blocks: [...blocksOf(message)] });
  }
  if (turns[0]?.role !== "user") throw invalid('messages: first message must use the "user" role');
  if (turns.at(-1)?.role !== "user")
    throw invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  const ids = new Set<string>();
  for (const [index, { blocks }] of turns.entries()) {
    const used = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    for (const id of used) {
      if (ids.has(id)) throw invalid("`tool_use` ids must be unique");
      ids.add(id);
    }
    checkAnswers(used, turns[index + 1]?.blocks ?? []);
    const before = turns[index - 1]?.blocks ?? [];
    for (const block of blocks)
      if (
        block.type === "tool_result" &&
        !before.some((one) => one.type === "tool_use" && one.id === block.tool_use_id)
      )
        throw invalid(`unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}`);
  }
}

function checkAnswers(used: readonly string[], next: readonly Block[]): void {
  const end = next.findIndex(({ type }) => type !== "tool_result");
  const answered = next
    .slice(0, end < 0 ? undefined : end)
    .flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
  const missing = used.filter((id) => !answered.includes(id));
  if (missing.length > 0)
    throw invalid(
      `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}`,
    );
  if (new Set(answered).size !== answered.length) throw invalid("each tool_use must have a single result");
}

function checkBreakpoints(text: string): void {
  const count = text.split('"cache_control":{').length - 1;
  if (count > BREAKPOINTS_MAX)
    throw invalid(`A maximum of ${BREAKPOINTS_MAX} blocks with cache_control may be provided. Found ${count}.`);
}

function blocksOf({ content }: Body["messages"][number]): readonly Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** What a block of a request says, as one text. */
export function textOf(block: Block): string {
  if (block.type === "text") return block.text;
  if (block.type !== "tool_result" || block.content === undefined) return "";
  return typeof block.content === "string" ? block.content : block.content.map(({ text }) => text).join("");
}

function invalid(message: string): Refused {
  return new Refused(400, "invalid_request_error", message);
}
