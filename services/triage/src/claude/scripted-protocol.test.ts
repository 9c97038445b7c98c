import { describe, expect, test } from "vitest";
import { KEY, openScriptedServer } from "./scripted-server.ts";

type Message = { readonly role: string; readonly content: unknown };

const tools = [{ name: "look", input_schema: { type: "object" } }];
const asks: Message = { role: "user", content: "hello" };
const uses = (...ids: string[]): Message => ({
  role: "assistant",
  content: ids.map((id) => ({ type: "tool_use", id, name: "look", input: {} })),
});
const answers = (...ids: string[]): Message => ({
  role: "user",
  content: ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: "x" })),
});
const base = { model: "m", max_tokens: 10, tools };

async function statusOf(
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly [number, string]> {
  await using server = await openScriptedServer([{ says: "hi" }]);
  const response = await fetch(`${server.url}/v1/messages`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${KEY}`,
      "anthropic-version": "2026-10-21",
      "content-type": "application/json",
      ...headers,
    },
  });
  return [response.status, await response.text()];
}

describe("the scripted server takes", () => {
  test.each([
    [[asks]],
    [[asks, asks]],
    [[asks, uses("a", "b"), answers("b", "a")]],
    [
      [
        asks,
        uses("a"),
        answers("a"),
        uses("b"),
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "b" },
            { type: "text", text: "and" },
          ],
        },
      ],
    ],
  ])("%j", async (messages) => {
    expect((await statusOf({ ...base, messages }))[0]).toBe(200);
  });
});

describe("the scripted server refuses what the real one refuses", () => {
  test.each([
    ["a tool_use without its result", [asks, uses("a"), asks], "without `tool_result`"],
    ["half of the results", [asks, uses("a", "b"), answers("a")], "without `tool_result`"],
    [
      "a result after other text",
      [
        asks,
        uses("a"),
        {
          role: "user",
          content: [
            { type: "text", text: "x" },
            { type: "tool_result", tool_use_id: "a" },
          ],
        },
      ],
      "without `tool_result`",
    ],
    ["a result of nothing", [asks, answers("a")], "unexpected `tool_use_id`"],
    ["two results of one call", [asks, uses("a"), answers("a", "a")], "single result"],
    ["one id twice", [asks, uses("a"), answers("a"), uses("a"), answers("a")], "unique"],
    ["a first turn of the assistant", [uses("a"), answers("a")], "first message"],
    ["a last turn of the assistant", [asks, { role: "assistant", content: "I" }], "must end with a user message"],
    ["a role that is none", [{ role: "system", content: "x" }], "role"],
    ["an empty text", [{ role: "user", content: "" }], "messages"],
    [
      "a tool_use of the user",
      [{ role: "user", content: [{ type: "tool_use", id: "a", name: "look", input: {} }] }],
      "messages",
    ],
    [
      "a thought that it never had",
      [
        asks,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "x", signature: "y" },
            { type: "tool_use", id: "a", name: "look", input: {} },
          ],
        },
        answers("a"),
      ],
      "cannot be modified",
    ],
    [
      "a cut input",
      [asks, { role: "assistant", content: [{ type: "tool_use", id: "a", name: "look", input: "{" }] }, answers("a")],
      "input",
    ],
  ])("%s", async (_, messages, says) => {
    const [status, text] = await statusOf({ ...base, messages });
    expect([status, text]).toEqual([400, expect.stringContaining(says)]);
  });

  test.each([
    ["an unknown field", { ...base, messages: [asks], thread: { id: "x" } }, "thread"],
    ["no max_tokens", { model: "m", messages: [asks] }, "max_tokens"],
    ["two tools of one name", { ...base, tools: [...tools, ...tools], messages: [asks] }, "unique"],
    [
      "a tool with a name that is none",
      { ...base, tools: [{ name: "a b", input_schema: { type: "object" } }], messages: [asks] },
      "tools.0.name",
    ],
    [
      "calls without tools",
      { model: "m", max_tokens: 1, messages: [asks, uses("a"), answers("a")] },
      "tools: required",
    ],
    [
      "five marks for the cache",
      {
        ...base,
        messages: Array.from({ length: 5 }, () => ({
          role: "user",
          content: [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }],
        })),
      },
      "maximum of 4",
    ],
    ["what is no JSON", "{", "not JSON"],
  ])("%s", async (_, body, says) => {
    const [status, text] = await statusOf(body);
    expect([status, text]).toEqual([400, expect.stringContaining(says)]);
  });

  test("a wrong key, a missing version, another path", async () => {
    expect((await statusOf({ ...base, messages: [asks] }, { authorization: "Bearer x" }))[0]).toBe(401);
    expect((await statusOf({ ...base, messages: [asks] }, { "anthropic-version": "1" }))[0]).toBe(400);
    await using server = await openScriptedServer([]);
    expect((await fetch(`${server.url}/v1/complete`, { method: "POST" })).status).toBe(404);
  });
});
