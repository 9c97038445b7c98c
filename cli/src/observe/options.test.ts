import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "@holdfast/service";
import { afterAll, describe, expect, test } from "vitest";
import { askedFor, environmentOf } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  return path;
}

describe("the kubeconfig", () => {
  const [named, ours, theirs] = [file("named"), file("ours"), file("theirs")];
  test("is the one that is named, else Holdfast's, else kubectl's", () => {
    const env = { HOLDFAST_KUBECONFIG: ours, KUBECONFIG: theirs };
    expect(askedFor(["--kubeconfig", named], env).kubeconfig).toBe(named);
    expect(askedFor([], env).kubeconfig).toBe(ours);
    expect(askedFor([], { KUBECONFIG: theirs }).kubeconfig).toBe(theirs);
  });
  test("is kubectl's own default where nothing is said", () => {
    expect(() => askedFor([], { HOME: "/home/nobody" })).toThrow(/no kubeconfig \/home\/nobody\/\.kube\/config/);
  });
  test("is one file: of several it is said how to make one", () => {
    expect(() => askedFor([], { KUBECONFIG: `${named}:${theirs}` })).toThrow(/kubectl config view --flatten/);
  });
});

describe("the services of an observation", () => {
  const kubeconfig = file("config");
  const person = {
    PATH: "/bin",
    KUBECONFIG: kubeconfig,
    HOLDFAST_MODE: "act",
    HOLDFAST_DATA: "/var/lib/holdfast",
    HOLDFAST_POLICY_KUBECONFIG: "/etc/holdfast/policy",
    HOLDFAST_BUS: "kafka://somewhere:9092",
    HOLDFAST_CLUSTER_NAME: "prod-eu1",
    ANTHROPIC_API_KEY: "sk-swordfish",
  };
  const of = (args: readonly string[]): Readonly<Record<string, string | undefined>> =>
    environmentOf(askedFor(args, person), person, "/tmp/folder", "/clone/config");

  test("never act, and take nothing of another Holdfast's credentials, data or bus", () => {
    const settings = readSettings("policy", of([]));
    expect(settings).toMatchObject({
      HOLDFAST_MODE: "observe",
      HOLDFAST_CLUSTER: "kubeconfig",
      HOLDFAST_CLUSTER_NAME: "prod-eu1",
      HOLDFAST_DATA: "/tmp/folder",
      HOLDFAST_BUS: "embedded",
      HOLDFAST_KUBECONFIG: kubeconfig,
      HOLDFAST_POLICY_KUBECONFIG: undefined,
      HOLDFAST_POLICY_ADMIN_PORT: 0,
    });
  });
  test("scan where no Alertmanager is named, and poll the one that is", () => {
    expect(of([])).toMatchObject({ HOLDFAST_SCAN: "1" });
    const polling = of(["--alertmanager", "http://am:9093"]);
    expect(polling).toMatchObject({ HOLDFAST_INTAKE_POLL: "1", HOLDFAST_ALERTMANAGER_URL: "http://am:9093" });
    expect(polling).not.toHaveProperty("HOLDFAST_SCAN");
  });
  test("send nothing to a model unless the person says so, whatever key lies around", () => {
    expect(JSON.stringify(of([]))).not.toContain("swordfish");
    expect(of(["--model"])).toMatchObject({ ANTHROPIC_API_KEY: "sk-swordfish" });
    expect(() => askedFor(["--model"], { KUBECONFIG: kubeconfig })).toThrow(/ANTHROPIC_API_KEY is not set/);
  });
});
