import { readSettings } from "@holdfast/service";
import { expect, test } from "vitest";
import { auditStatus, firstScreen, notReadyScreen } from "./first-screen.ts";

const of = (env: Record<string, string>) => ({ settings: readSettings("start", env), env });

test("the first screen of the sandbox says where the doors are, who one is, and what to try", () => {
  expect(firstScreen(of({}), "signed, 0 records", 2.4)).toMatchInlineSnapshot(`
    "Holdfast 0.1  SANDBOX: simulated cluster, nothing real can change  ready in 3 s
     inbox   http://127.0.0.1:8080     you are "alice", environment dev, level 1
     alerts  http://127.0.0.1:8081/v1/alertmanager      audit  signed, 0 records
     model   none: signatures answer alone (ANTHROPIC_API_KEY adds analyses, $5/day)
     try     npx --no holdfast sandbox break bad-rollout   (in a second terminal)
             npx --no holdfast review
     yours   npx --no holdfast observe   (reads your own cluster, changes nothing)
     Ctrl-C  stops all"
  `);
});

test("the first screen of the sandbox fits a terminal of 80 columns", () => {
  const lines = firstScreen(of({}), "signed, 1000 records", 2.4).split("\n");
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("on a real cluster it says whether anything can change there", () => {
  expect(firstScreen(of({ HOLDFAST_CLUSTER: "kubeconfig" }), "signed, 3 records", 3)).toContain(
    "OBSERVE: a real cluster is read, nothing is changed",
  );
  expect(firstScreen(of({ HOLDFAST_CLUSTER: "kubeconfig", HOLDFAST_MODE: "act" }), "signed, 3 records", 3)).toContain(
    "ACT: what people approve is changed in a real cluster",
  );
});

test("a key of the model is not shown", () => {
  const screen = firstScreen(of({ ANTHROPIC_API_KEY: "sk-swordfish" }), "signed, 0 records", 3);
  expect(screen).toContain("claude-sonnet-5-5 (signatures answer first)");
  expect(screen).not.toContain("swordfish");
});

test("what is not ready is said with its reasons", () => {
  expect(notReadyScreen(["policy: The cluster does not answer."], "/data")).toMatch(
    /NOT READY.*\n policy: The cluster does not answer\.$/,
  );
});

test("a log that does not answer is not called verified", async () => {
  expect(await auditStatus(of({ HOLDFAST_AUDIT_PORT: "9" }))).toMatch(/^not known/);
});
