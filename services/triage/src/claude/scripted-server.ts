import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { openValidator, Refused, type Body } from "./scripted-protocol.ts";

export type ScriptedCall = { readonly name: string; readonly input: unknown };

/** What the server does with one request. */
export type Turn =
  | {
      readonly says?: string;
      readonly thinks?: string;
      readonly calls?: readonly ScriptedCall[];
      readonly stop?: string;
      readonly usage?: Readonly<Record<string, number>>;
    }
  | { readonly status: number; readonly retryAfter?: number }
  | { readonly cut: true }
  | { readonly silent: true }
  | { readonly raw: string };

export type Script = readonly Turn[] | ((body: Body, index: number) => Turn);

export type ScriptedServer = {
  readonly url: string;
  /** Every body that was accepted, as it came. */
  readonly bodies: readonly Body[];
  readonly texts: readonly string[];
  /** The sentence of every refusal: what the real one would have refused. */
  readonly refusals: readonly string[];
  readonly headers: readonly IncomingMessage["headers"][];
} & AsyncDisposable;

export const KEY = "sk-ant-test-0123456789abcdefghij";

/**
 * The Messages API as far as one model with tools needs it, played from a script. It refuses what the real one refuses, so
 * a conversation that it takes to its end was well formed at every step.
 */
export async function openScriptedServer(script: Script): Promise<ScriptedServer> {
  const seen = {
    bodies: [] as Body[],
    texts: [] as string[],
    refusals: [] as string[],
    headers: [] as IncomingMessage["headers"][],
  };
  const validator = openValidator(KEY);
  const cached: string[] = [];
  const http = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString("utf8");
      seen.headers.push(request.headers);
      try {
        const body = validator.check(request, text);
        const index = seen.bodies.push(body) - 1;
        seen.texts.push(text);
        const turn = typeof script === "function" ? script(body, index) : script[index];
        if (turn === undefined) throw new Refused(400, "invalid_request_error", `the script has no turn ${index + 1}`);
        play(turn, body, response, { cached, remember: validator.remember });
      } catch (error) {
        const refused = error instanceof Refused ? error : new Refused(500, "api_error", String(error));
        seen.refusals.push(refused.message);
        send(response, refused.status, errorOf(refused.type, refused.message));
      }
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    ...seen,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

type Memory = { readonly cached: string[]; readonly remember: (content: readonly object[]) => void };

function play(turn: Turn, body: Body, response: ServerResponse, memory: Memory): void {
  if ("silent" in turn) return;
  if ("raw" in turn) return void response.writeHead(200, { "content-type": "application/json" }).end(turn.raw);
  if ("status" in turn)
    return send(
      response,
      turn.status,
      errorOf(typeOf(turn.status), "scripted"),
      turn.retryAfter === undefined ? {} : { "retry-after": String(turn.retryAfter) },
    );
  if ("cut" in turn) {
    response.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
    response.write('{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"te');
    return void setTimeout(() => response.destroy(), 20);
  }
  const content = contentOf(turn, body);
  memory.remember(content);
  send(response, 200, {
    id: `msg_${body.messages.length}`,
    type: "message",
    role: "assistant",
    model: body.model,
    content,
    stop_reason: turn.stop ?? ((turn.calls ?? []).length > 0 ? "tool_use" : "end_turn"),
    stop_sequence: null,
    stop_details: turn.stop === "refusal" ? { type: "refusal", category: null, explanation: null } : null,
    container: null,
    usage: { ...usageOf(body, content, memory.cached), ...turn.usage },
  });
}

function contentOf({ says, thinks, calls = [] }: Extract<Turn, { says?: string }>, body: Body): readonly object[] {
  return [
    ...(thinks === undefined
      ? []
      : [{ type: "thinking", thinking: thinks, signature: `signed-${body.messages.length}` }]),
    ...(says === undefined ? [] : [{ type: "text", text: says, citations: null }]),
    ...calls.map(({ name, input }, index) => ({
      type: "tool_use",
      id: `toolu_${body.messages.length}_${index}`,
      name,
      input,
    })),
  ];
}

/** Four characters a token. A request is cached up to each of its marks, and reads the longest such beginning that it shares. */
function usageOf(body: Body, content: readonly object[], cached: string[]): object {
  const { tools, system = [], messages } = body;
  const head = JSON.stringify([tools, system]);
  const prompt = head + messages.map((message) => JSON.stringify(message)).join("");
  const marks = [
    ...(JSON.stringify(system).includes('"cache_control"') ? [head] : []),
    ...(body.cache_control === undefined ? [] : [prompt]),
  ];
  const known = marks.length === 0 ? [] : cached.filter((start) => prompt.startsWith(start));
  cached.push(...marks);
  const read = Math.floor(Math.max(0, ...known.map(({ length }) => length)) / 4);
  const write = Math.max(0, Math.ceil(Math.max(0, ...marks.map(({ length }) => length)) / 4) - read);
  return {
    input_tokens: Math.max(3, Math.ceil(prompt.length / 4) - read - write),
    cache_read_input_tokens: read,
    cache_creation_input_tokens: write,
    cache_creation: { ephemeral_5m_input_tokens: write, ephemeral_1h_input_tokens: 0 },
    output_tokens: Math.ceil(JSON.stringify(content).length / 4),
    server_tool_use: null,
    service_tier: "standard",
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json", "request-id": "req_scripted", ...headers })
    .end(JSON.stringify(body));
}

function errorOf(type: string, message: string): object {
  return { type: "error", error: { type, message }, request_id: "req_scripted" };
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    case 529:
      return "overloaded_error";
    default:
      return "api_error";
  }
}
