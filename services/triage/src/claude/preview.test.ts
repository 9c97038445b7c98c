import { describe, expect, test } from "vitest";
import { CLASSES, leaks } from "@holdfast/redact/testing";
import { anAlert } from "../testing.ts";
import { previewOf } from "./preview.ts";
import { aCase, CONCLUSION, models, running, scripted } from "./testing.ts";

const SECRET = CLASSES["a GitHub token"]?.() ?? { secret: "", line: "" };
const alert = {
  ...anAlert({ alertname: "KubePodCrashLooping", namespace: "shop", pod: "web-1" }),
  annotations: [{ name: "description", value: `${SECRET.line} \u200b hidden` }],
};

describe("a preview", () => {
  test.each([
    ["with a target", aCase({ alerts: [alert] })],
    ["without a target, which can have no plan", aCase({ alerts: [alert], target: null })],
  ])("is to the byte what is then sent, of a case %s", async (_what, about) => {
    await using run = await scripted([{ calls: [CONCLUSION] }]);
    const { url, body } = await previewOf(run.claude, about, run.server.url, running());
    expect(run.server.headers, "nothing was sent").toEqual([]);
    await run.analyst.analyse(about, running());
    expect(run.server.texts).toEqual([body]);
    expect(new URL(url).origin).toBe(run.server.url);
    expect(body).toContain("KubePodCrashLooping");
    expect([leaks(SECRET.secret, body), body.includes("\\\\u{200b}")]).toEqual([false, true]);
  });

  test("counts tokens and money at the most that they can be, and goes to the provider itself where nothing else is set", async () => {
    await using run = await scripted([]);
    const { url, tokens, microUsd, body } = await previewOf(run.claude, aCase(), undefined, running());
    expect(new URL(url).origin).toBe("https://api.anthropic.com");
    expect(tokens).toBe(Math.ceil(body.length / 3));
    expect(microUsd).toBe(Math.ceil(tokens * 2.5 + models.outputTokensPerTurn * 10));
  });

  test("of what no budget would let out says so", async () => {
    await using run = await scripted([]);
    const small = { ...run.claude, models: { ...models, perIncident: { ...models.perIncident, tokens: 100 } } };
    await expect(previewOf(small, aCase(), undefined, running())).rejects.toThrow(
      "Nothing would be sent: another turn could exceed its 100 tokens.",
    );
  });
});
