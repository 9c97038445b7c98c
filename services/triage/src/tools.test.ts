import { describe, expect, test } from "vitest";
import { z } from "zod";
import { loadTools } from "./tools.ts";

const tools = await loadTools();

describe("the read tools", () => {
  test("are the files of their folder", () => {
    expect(tools.map(({ name }) => name)).toEqual([
      "get_object",
      "list_alerts",
      "list_events",
      "list_objects",
      "list_silences",
      "prometheus_query",
      "prometheus_range",
      "read_logs",
      "rollout_history",
    ]);
  });

  test("take no address, no command and no kind that holds secrets", () => {
    const schemas = JSON.stringify(tools.map(({ input }) => z.toJSONSchema(input, { io: "input" })));
    expect(schemas).toContain('"Deployment"');
    expect(schemas).not.toMatch(/"(url|uri|host|address|command|exec|Secret|ConfigMap)"/);
  });

  test.each(tools)("$name takes nothing that it does not name", ({ input }) => {
    expect(z.toJSONSchema(input, { io: "input" })).toMatchObject({ type: "object", additionalProperties: false });
  });
});
