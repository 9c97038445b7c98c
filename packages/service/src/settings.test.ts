import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { environmentOf, readSettings } from "./settings.ts";
import type { Setting } from "./setting.ts";
import { SETTINGS } from "./settings-table.ts";

const table: Readonly<Record<string, Setting>> = SETTINGS;

describe("reading settings", () => {
  test("without any, a service starts on the sandbox, on loopback, and acts", () => {
    expect(readSettings("intake", {})).toMatchObject({
      HOLDFAST_CLUSTER: "sandbox",
      HOLDFAST_MODE: "act",
      HOLDFAST_INTAKE_HOST: "127.0.0.1",
      HOLDFAST_INTAKE_PORT: 8081,
      HOLDFAST_INTAKE_POLL: false,
      HOLDFAST_ALERTMANAGER_URL: "http://127.0.0.1:8090/alertmanager",
      HOLDFAST_INTAKE_TOKEN_FILE: resolve("data/secrets/intake.token"),
    });
  });

  test("on a real cluster the default is to observe, and telemetry has no default", () => {
    const settings = readSettings("triage", { HOLDFAST_CLUSTER: "in-cluster" });
    expect(settings.HOLDFAST_MODE).toBe("observe");
    expect(settings.HOLDFAST_PROMETHEUS_URL).toBeUndefined();
    expect(readSettings("executor", { HOLDFAST_CLUSTER: "in-cluster" }).HOLDFAST_SETTLE_SECONDS).toBe(120);
  });

  test("a default that names another setting follows it", () => {
    expect(readSettings("executor", { HOLDFAST_AUDIT_PORT: "7002" }).HOLDFAST_AUDIT_URL).toBe("http://127.0.0.1:7002");
    expect(readSettings("approval", { HOLDFAST_DATA: "/var/holdfast" }).HOLDFAST_APPROVAL_KEY_FILE).toBe(
      "/var/holdfast/secrets/approval.key",
    );
  });

  test("the record is frozen, and holds nothing of another process", () => {
    const settings = readSettings("executor", { ANTHROPIC_API_KEY: "sk-nobody-else" });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.keys(settings)).not.toContain("ANTHROPIC_API_KEY");
  });

  test("an empty value counts as none", () => {
    expect(readSettings("intake", { HOLDFAST_INTAKE_PORT: "" }).HOLDFAST_INTAKE_PORT).toBe(8081);
  });
});

describe("a start is refused with one sentence", () => {
  const refusal = (env: Record<string, string>, process: "intake" | "executor" | "cli" = "intake"): string => {
    try {
      readSettings(process, env);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("it was accepted");
  };

  test("that guesses what an unknown name was meant to be", () => {
    expect(refusal({ HOLDFAST_INTAKE_PROT: "1" })).toBe(
      "The setting HOLDFAST_INTAKE_PROT does not exist. Did you mean HOLDFAST_INTAKE_PORT?",
    );
    expect(refusal({ HOLDFAST_FOO: "1" })).toBe(
      "The setting HOLDFAST_FOO does not exist. Remove it; .env.example lists every setting.",
    );
    expect(refusal({ HOLDFAST_DRY_RUN_EVERYTHING: "1" })).toBe(
      "The setting HOLDFAST_DRY_RUN_EVERYTHING does not exist. Remove it; .env.example lists every setting.",
    );
  });

  test("that says what a malformed value must be", () => {
    expect(refusal({ HOLDFAST_INTAKE_PORT: "80801" })).toMatch(
      /^HOLDFAST_INTAKE_PORT must be a port, from 0 \(any free one\) to 65535, and is "80801"\./,
    );
    expect(refusal({ HOLDFAST_MODE: "acting" })).toMatch(
      /^HOLDFAST_MODE must be one of act, observe, and is "acting"\./,
    );
    expect(refusal({ HOLDFAST_INTAKE_POLL: "yes" })).toMatch(/must be 1 or 0/);
    expect(refusal({ HOLDFAST_BUS: "kafka://one" })).toMatch(/must be embedded, or kafka:/);
    expect(refusal({ HOLDFAST_ALERTMANAGER_URL: "file:///etc/passwd" })).toMatch(/begins with http/);
    expect(refusal({ HOLDFAST_SETTLE_SECONDS: "-3" }, "executor")).toMatch(/a whole number, and is "-3"/);
  });

  test("that never quotes a secret", () => {
    const says = refusal({ HOLDFAST_INTAKE_TOKEN: "hunter2 hunter2" });
    expect(says).toMatch(/HOLDFAST_INTAKE_TOKEN must be at least 16 characters without spaces, and is something else/);
    expect(says).not.toContain("hunter2");
  });

  test("that says why a missing one is needed", () => {
    expect(refusal({ HOLDFAST_CLUSTER: "kubeconfig", HOLDFAST_MODE: "act" }, "executor")).toBe(
      "HOLDFAST_EXECUTOR_KUBECONFIG is missing, and is needed because HOLDFAST_CLUSTER is kubeconfig and HOLDFAST_MODE is act. Kubeconfig of the executor's own user, the only one that writes.",
    );
  });
});

describe("the environment of one process", () => {
  const env = {
    ANTHROPIC_API_KEY: "sk-x",
    HOLDFAST_INTAKE_TOKEN: "0123456789abcdef",
    HOLDFAST_TOKEN: "mine",
    AWS_SECRET_ACCESS_KEY: "y",
    HOLDFAST_SANDBOX_PORT: "7090",
  };

  test("holds what it reads and nothing else", () => {
    expect(Object.keys(environmentOf("triage", env))).toContain("ANTHROPIC_API_KEY");
    for (const process of ["intake", "policy", "approval", "executor", "audit", "sandbox"] as const)
      expect(Object.keys(environmentOf(process, env))).not.toContain("ANTHROPIC_API_KEY");
    for (const process of ["triage", "policy", "approval", "executor", "audit"] as const)
      expect(Object.keys(environmentOf(process, env))).not.toContain("HOLDFAST_INTAKE_TOKEN");
    expect(Object.keys(environmentOf("intake", env))).not.toContain("AWS_SECRET_ACCESS_KEY");
  });

  test("means the same to the process as the whole environment", () => {
    for (const process of ["intake", "triage", "policy", "approval", "executor", "audit", "sandbox"] as const)
      expect(readSettings(process, environmentOf(process, env))).toEqual(readSettings(process, env));
  });
});

describe("the table", () => {
  test("gives no secret a default", () => {
    const secrets = Object.entries(table).filter(([, { secret }]) => secret === true);
    expect(secrets.length).toBeGreaterThan(0);
    for (const [name, { default: text, onSandbox }] of secrets)
      expect([name, text, onSandbox]).toEqual([name, undefined, undefined]);
  });

  test("lets each signing key be read by its signer alone", () => {
    const readers = Object.entries(table)
      .filter(([name]) => name.endsWith("_KEY_FILE"))
      .map(([name, { readBy }]) => [name, readBy.filter((process) => process !== "start")]);
    expect(Object.fromEntries(readers)).toEqual({
      HOLDFAST_POLICY_OPEN_KEY_FILE: ["policy"],
      HOLDFAST_POLICY_CLOSE_KEY_FILE: ["policy"],
      HOLDFAST_APPROVAL_KEY_FILE: ["approval"],
      HOLDFAST_EXECUTOR_KEY_FILE: ["executor"],
      HOLDFAST_AUDIT_KEY_FILE: ["audit"],
    });
  });

  test("gives intake, approval and audit no credential of a cluster", () => {
    for (const process of ["intake", "approval", "audit"] as const)
      for (const name of Object.keys(readSettings(process, {})))
        expect(name).not.toMatch(/KUBECONFIG|SANDBOX_\w+_TOKEN/);
  });
});
