import { contains, parseInterval } from "./intervals.ts";
import type { Interval } from "./intervals.ts";
import { fieldsOf, listOf } from "./strict-yaml.ts";

export type IntervalReport = {
  readonly intervals: number;
  readonly checks: number;
  /** One sentence each. A file with nothing to check has one too. */
  readonly differences: readonly string[];
};

/** Compares our answers with those recorded: JSON lines of `{interval, valid, checks: [[unixSeconds, 0|1], …]}`. */
export function checkIntervals(jsonLines: string): IntervalReport {
  const reports = jsonLines
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [checkLine(line, `line ${at + 1}`)]));
  const checks = reports.reduce((sum, report) => sum + report.checks, 0);
  const differences = reports.flatMap((report) => report.differences);
  if (reports.length === 0) differences.push("The file holds no interval: nothing was checked.");
  return { intervals: reports.length, checks, differences };
}

function checkLine(line: string, where: string): { readonly checks: number; readonly differences: readonly string[] } {
  try {
    const record: unknown = JSON.parse(line);
    const fields = fieldsOf(record, where, { required: ["interval", "valid"], optional: ["checks"] });
    const ours = parsed(fields.get("interval"));
    if (typeof ours === "string")
      return {
        checks: 0,
        differences: fields.get("valid") === false ? [] : [`${where}: recorded as valid, and refused here: ${ours}`],
      };
    if (fields.get("valid") !== true)
      return { checks: 0, differences: [`${where}: recorded as refused, and accepted here.`] };
    const checks = listOf(fields.get("checks"), `${where}.checks`);
    return { checks: checks.length, differences: checks.flatMap((check) => differenceAt(ours, check, where)) };
  } catch (cause) {
    return {
      checks: 0,
      differences: [`${where} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`],
    };
  }
}

function parsed(value: unknown): Interval | string {
  try {
    return parseInterval(value);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function differenceAt(interval: Interval, check: unknown, where: string): readonly string[] {
  const [at, recorded] = listOf(check, `${where}: a check`);
  if (typeof at !== "number" || (recorded !== 0 && recorded !== 1))
    throw new Error(`a check is [unixSeconds, 0 or 1], and this is ${JSON.stringify(check)}`);
  const ours = contains(interval, at * 1000) ? 1 : 0;
  return ours === recorded ? [] : [`${where}: at ${at} recorded as ${recorded}, and ${ours} here.`];
}
