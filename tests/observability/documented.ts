import { readFileSync } from "node:fs";

/** What docs/metrics.md says that there is. */
export type Documented = {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly says: string;
  /** The heading above it, in small letters: the services that expose it, or `every service`. */
  readonly of: string;
};

const ROW = /^\| `(holdfast_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/;

export function documented(): readonly Documented[] {
  const found: Documented[] = [];
  let of = "";
  for (const line of readFileSync("docs/metrics.md", "utf8").split("\n")) {
    if (line.startsWith("## ")) of = line.slice(3).toLowerCase();
    const [, name, type, labels, says] = ROW.exec(line) ?? [];
    if (name === undefined || type === undefined || labels === undefined || says === undefined) continue;
    found.push({ name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label), says, of });
  }
  return found;
}

/** The rules that Prometheus records, as the same page names them. */
export function documentedRules(): readonly string[] {
  return [...readFileSync("docs/metrics.md", "utf8").matchAll(/^\| `(holdfast:[\w:]+)` \|/gm)].map(
    ([, name = ""]) => name,
  );
}

/** Every metric of ours that an expression reads; those of a histogram by the name of the histogram. */
export function metricsIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\bholdfast[_:][\w:]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ""));
}
