import { afterEach, describe, expect, test, vi } from "vitest";
import { aCase, CONCLUSION, LOGS, running, scripted } from "./testing.ts";
import { KEY, openScriptedServer } from "./scripted-server.ts";

afterEach(() => void vi.unstubAllEnvs());

const HEADERS = [
  "accept",
  "accept-encoding",
  "accept-language",
  "anthropic-version",
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "host",
  "sec-fetch-mode",
  "user-agent",
];

describe("nothing of the environment reaches the provider", () => {
  test("by a header, another key, another address or a log of what is sent", async () => {
    await using elsewhere = await openScriptedServer([]);
    const loud = vi.spyOn(console, "debug");
    for (const [name, value] of Object.entries({
      ANTHROPIC_CUSTOM_HEADERS: `X-Leak: swordfish\nAuthorization: Bearer swordfish\nanthropic-beta: swordfish\nUser-Agent: swordfish`,
      ANTHROPIC_AUTH_TOKEN: "swordfish",
      ANTHROPIC_API_KEY: "swordfish",
      ANTHROPIC_BASE_URL: elsewhere.url,
      ANTHROPIC_LOG: "debug",
      ANTHROPIC_PROFILE: "swordfish",
      ANTHROPIC_IDENTITY_TOKEN: "swordfish",
      ANTHROPIC_WEBHOOK_SIGNING_KEY: "swordfish",
      ANTHROPIC_MODEL: "swordfish",
    }))
      vi.stubEnv(name, value);
    await using run = await scripted([{ calls: [LOGS] }, { calls: [CONCLUSION] }]);
    expect(await run.analyst.analyse(aCase(), running())).toMatchObject({ outcome: "found" });
    expect(run.server.bodies).toHaveLength(2);
    expect(JSON.stringify([run.server.headers, run.server.texts])).not.toContain("swordfish");
    for (const headers of run.server.headers) {
      expect(Object.keys(headers).toSorted()).toEqual(HEADERS);
      expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, "user-agent": "holdfast-triage/0.1.0" });
    }
    expect([elsewhere.headers, loud.mock.calls]).toEqual([[], []]);
  });

  test("where no address is set: the provider's own is asked, not what the environment says", async () => {
    await using elsewhere = await openScriptedServer([]);
    vi.stubEnv("ANTHROPIC_BASE_URL", elsewhere.url);
    const { openProvider } = await import("./provider.ts");
    const asked: string[] = [];
    const client = openProvider({ apiKey: KEY, baseUrl: undefined }, async (url) => {
      asked.push(url);
      return new Response("{}", { status: 400 });
    });
    const request = { model: "m", max_tokens: 1, messages: [{ role: "user" as const, content: "x" }] };
    await expect(client.beta.messages.create(request)).rejects.toThrow("400");
    expect(new URL(asked[0] ?? "").origin).toBe("https://api.anthropic.com");
    expect([asked.length, elsewhere.headers]).toEqual([1, []]);
  });
});
