import { readFileSync } from "node:fs";

/** The shipped rules for a day that lasts minutes: every duration of them divided by one number, and nothing else changed. */

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
type Unit = keyof typeof SECONDS;

export function compressed(rules: string, factor: number): string {
  const shorter = (count: string, unit: string): string =>
    `${Math.max(1, Math.round((Number(count) * SECONDS[unit as Unit]) / factor))}s`;
  return rules
    .replaceAll(/\[(\d+)([smhd])\]/g, (_, count: string, unit: string) => `[${shorter(count, unit)}]`)
    .replaceAll(
      /\b(for:|offset) (\d+)([smhd])\b/g,
      (_, word: string, count: string, unit: string) => `${word} ${shorter(count, unit)}`,
    )
    .replaceAll(/\* 60\b/g, `* ${60 / factor}`);
}

export function compressedRules(factor: number): string[] {
  return ["recorded", "alerts"].map((name) =>
    compressed(readFileSync(`deploy/prometheus/rules/${name}.yml`, "utf8"), factor),
  );
}
