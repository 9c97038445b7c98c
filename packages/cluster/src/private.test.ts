import { expect, test } from "vitest";
import { openCluster } from "./open.ts";

const access = { kind: "loopback", server: "http://sandbox:8090", token: "t" } as const;

test("a simulated cluster on another machine needs no certificate where its network is said to be private, and only there", async () => {
  const opened = (isPrivate: boolean) =>
    openCluster({ access: { ...access, isPrivate }, service: "policy", version: "1", timeoutMs: 1_000 });
  expect(() => opened(false)).toThrow("anybody in between");
  await opened(true).close();
});
