import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "@holdfast/guard";
import { prometheusUsers } from "./users.ts";

test("Prometheus is asked for the target's own series, without the comments around the expression", async () => {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(new URL(url ?? "", "http://localhost").searchParams.get("query") ?? "");
    response.end(JSON.stringify({ data: { result: [{ value: [0, "0.034"] }] } }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const users = prometheusUsers(`http://127.0.0.1:${port}`, readConfig("config/users.promql"));
  const says = await users({ namespace: "payments", name: "api" }, new AbortController().signal);
  expect({ says, asked }).toEqual({
    says: "3.4% of requests fail",
    asked: ['http_requests:error_ratio{namespace="payments",workload="api"}\n'],
  });
});
