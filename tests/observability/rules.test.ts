import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, vi } from "vitest";
import { parse, stringify } from "yaml";
import { ran, toolTest } from "./installed.ts";

/** Prometheus' own tools read what is shipped, and the unit tests of the rules can fail. */

type Rules = {
  readonly groups: readonly { readonly rules: readonly { alert?: string; record?: string; expr: string }[] }[];
};

const FOLDER = "deploy/prometheus";
vi.setConfig({ testTimeout: 120_000 });
const scratch = mkdtempSync(join(tmpdir(), "holdfast-rules-"));
const alerts = (parse(readFileSync(`${FOLDER}/rules/alerts.yml`, "utf8")) as Rules).groups.flatMap(
  ({ rules }) => rules,
);
const recorded = (parse(readFileSync(`${FOLDER}/rules/recorded.yml`, "utf8")) as Rules).groups.flatMap(
  ({ rules }) => rules,
);

cpSync(`${FOLDER}/rules`, scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const promtool = toolTest(["promtool"]);
const amtool = toolTest(["amtool"]);

describe("Prometheus", () => {
  promtool("takes the configuration and every rule", () => {
    expect(ran(FOLDER, "promtool", "check", "config", "prometheus.yml")).toMatchObject({ ok: true });
    expect(ran(FOLDER, "promtool", "check", "rules", "rules/recorded.yml", "rules/alerts.yml")).toMatchObject({
      ok: true,
    });
  });

  promtool.each(["recorded", "alerts"])("the unit tests of rules/%s.yml hold", (name) => {
    expect(ran(`${FOLDER}/rules`, "promtool", "test", "rules", `${name}.test.yml`)).toMatchObject({ ok: true });
  });

  promtool.each([
    ["never fires", "vector(1) > 2"],
    ["always fires", "vector(1)"],
  ])("the unit tests see each alert that %s", (_, expr) => {
    planted("alerts.yml", expr);
    const { says } = ran(scratch, "promtool", "test", "rules", "alerts.test.yml");
    cpSync(`${FOLDER}/rules/alerts.yml`, join(scratch, "alerts.yml"));
    const seen = alerts.filter(({ alert }) => says.includes(`alertname="${alert}"`));
    expect(seen.map(({ alert }) => alert)).toEqual(alerts.map(({ alert }) => alert));
  });

  promtool("the unit tests see each recorded rule that gives another number", () => {
    planted("recorded.yml", "vector(4711)");
    const { says } = ran(scratch, "promtool", "test", "rules", "recorded.test.yml");
    cpSync(`${FOLDER}/rules/recorded.yml`, join(scratch, "recorded.yml"));
    expect(recorded.filter(({ record = "" }) => !says.includes(record)).map(({ record }) => record)).toEqual([]);
  });
});

/** Every rule of the copy becomes this one. */
function planted(file: string, expr: string): void {
  const { groups } = parse(readFileSync(`${FOLDER}/rules/${file}`, "utf8")) as Rules;
  const changed = groups.map((group) => ({ ...group, rules: group.rules.map((rule) => ({ ...rule, expr })) }));
  writeFileSync(join(scratch, file), stringify({ groups: changed }));
}

describe("Alertmanager", () => {
  const CONFIG = "deploy/alertmanager/alertmanager.yml";

  amtool("takes the example", () => {
    expect(ran(".", "amtool", "check-config", CONFIG)).toMatchObject({ ok: true });
  });

  amtool.each([
    [
      "Holdfast's own alerts go to people and never to Holdfast",
      ["alertname=HoldfastServiceDown", "severity=critical", "holdfast=self"],
      "people",
    ],
    ["what is broken goes to both", ["alertname=KubePodCrashLooping", "severity=warning"], "holdfast,people"],
    ["what nobody needs to act on does not go to Holdfast", ["alertname=InfoInhibitor", "severity=info"], "people"],
  ])("%s", (_, labels, receivers) => {
    const { says } = ran(".", "amtool", "config", "routes", "test", `--config.file=${CONFIG}`, ...labels);
    expect(says.split("\n")[0]).toBe(receivers);
  });
});
