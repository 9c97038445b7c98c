import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { board, boardJson } from "../../deploy/grafana/board.ts";
import { documented, documentedRules, metricsIn } from "./documented.ts";

// Board, rules, runbooks and the page of metrics are one thing: none names what another does not have.

type Rule = {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

const rules = ["alerts", "recorded"].flatMap((name) => {
  const text = readFileSync(`deploy/prometheus/rules/${name}.yml`, "utf8");
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
});
const alerts = rules.filter(({ alert }) => alert !== undefined);
const pages = globSync("docs/runbook/*.md").map((path) => ({
  name: basename(path, ".md"),
  text: readFileSync(path, "utf8"),
}));
const panels = (board().panels ?? []).filter(({ type }) => type !== "row");
const exprs = panels.flatMap((panel) =>
  ("targets" in panel ? (panel.targets ?? []) : []).map((target) => ("expr" in target ? String(target.expr) : "")),
);

describe("the board", () => {
  test("that is committed is the one that the code makes: node deploy/grafana/write.ts", () => {
    expect(readFileSync("deploy/grafana/holdfast.json", "utf8")).toBe(boardJson());
  });

  test("is no zoo, and every panel has an id of its own", () => {
    expect(panels.length).toBeGreaterThan(20);
    expect(panels.length).toBeLessThanOrEqual(30);
    expect(new Set(board().panels?.map(({ id }) => id)).size).toBe(board().panels?.length);
  });

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    "%s says what it means, and asks something",
    (_, panel) => {
      expect("description" in panel ? panel.description?.length : 0).toBeGreaterThan(40);
      expect("targets" in panel ? panel.targets?.length : 0).toBeGreaterThan(0);
    },
  );

  test("the runbooks that its panels name are there", () => {
    const named = panels.flatMap((panel) =>
      "description" in panel ? [...(panel.description ?? "").matchAll(/Holdfast[A-Z]\w+/g)].map(([name]) => name) : [],
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !pages.some((page) => page.name === name))).toEqual([]);
  });

  test("its rows are full, so that none of them has a hole", () => {
    const widths = new Map<number, number>();
    for (const panel of panels)
      widths.set(panel.gridPos?.y ?? -1, (widths.get(panel.gridPos?.y ?? -1) ?? 0) + (panel.gridPos?.w ?? 0));
    expect(new Set(widths.values())).toEqual(new Set([24]));
  });
});

describe("every metric is on the page of metrics:", () => {
  const known = [...documented().map(({ name }) => name), ...documentedRules()];
  const read = [...exprs, ...rules.map(({ expr }) => expr)].flatMap(metricsIn);

  test("those that the board and the rules read", () => {
    expect(new Set(read).size).toBeGreaterThan(20);
    expect([...new Set(read)].filter((name) => !known.includes(name))).toEqual([]);
  });

  test("those that Prometheus records, and no others", () => {
    expect(documentedRules().toSorted()).toEqual(rules.flatMap(({ record }) => record ?? []).toSorted());
  });

  test("names say their unit, and counters end in _total", () => {
    const { counter = [], histogram = [] } = Object.groupBy(documented(), ({ type }) => type);
    expect(counter.filter(({ name }) => !name.endsWith("_total")).map(({ name }) => name)).toEqual([]);
    expect(histogram.filter(({ name }) => !/_(seconds|bytes)(_|$)/.test(name)).map(({ name }) => name)).toEqual([]);
    expect(documented().filter(({ name }) => /_(ms|milliseconds|kb|percent)$/.test(name))).toEqual([]);
  });
});

describe("alerts and runbooks", () => {
  test("each alert has its page, and each page its alert", () => {
    expect(pages.map(({ name }) => name).toSorted()).toEqual(alerts.flatMap(({ alert }) => alert ?? []).toSorted());
  });

  test.each(alerts.map((rule) => [rule.alert ?? "", rule] as const))(
    "%s says what is wrong, what follows and where to read on",
    (alert, rule) => {
      expect(rule.labels).toMatchObject({ holdfast: "self", severity: expect.stringMatching(/^(critical|warning)$/) });
      expect(rule.annotations?.["summary"]?.length).toBeGreaterThan(15);
      expect(rule.annotations?.["description"]?.length).toBeGreaterThan(60);
      expect(rule.annotations?.["runbook_url"]).toBe(`docs/runbook/${alert}.md`);
    },
  );

  test.each(pages)("$name has its four parts, its severity and three commands", ({ name, text }) => {
    expect(text).toContain(`# ${name}\n\n**${alerts.find(({ alert }) => alert === name)?.labels?.["severity"]}.**`);
    for (const part of ["First three looks", "What to do", "When to wake somebody"])
      expect(text).toContain(`## ${part}\n`);
    const [, looks = ""] = /## First three looks\n\n```sh\n([^`]*)```/.exec(text) ?? [];
    expect(looks.trim().split("\n")).toHaveLength(3);
  });

  test.each(pages)("every command of ours that $name names is one", ({ text }) => {
    const named = [...text.matchAll(/npx --no holdfast ([a-z-]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !existsSync(`cli/src/commands/${name}.ts`))).toEqual([]);
  });
});
