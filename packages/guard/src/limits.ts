import { fieldsOf, readYaml } from "./strict-yaml.ts";

export type Limits = {
  readonly approveByMinutes: { readonly pod: number; readonly wider: number };
  readonly executeByMinutes: number;
  readonly evidenceAgeSecondsMax: number;
  readonly actionsPerTargetAndHour: number;
  readonly skewSeconds: number;
  readonly requestBytesMax: number;
  readonly votesPerPersonAndMinute: number;
};

type Bounds = { readonly least: number; readonly most: number };

/** No line may widen a limit past the point where it limits nothing. */
const BOUNDS = {
  approveByMinutes: { least: 1, most: 24 * 60 },
  executeByMinutes: { least: 1, most: 60 },
  evidenceAgeSecondsMax: { least: 1, most: 3600 },
  actionsPerTargetAndHour: { least: 0, most: 1000 },
  skewSeconds: { least: 0, most: 300 },
  requestBytesMax: { least: 1, most: 262_144 },
  votesPerPersonAndMinute: { least: 1, most: 1000 },
} as const;

export function openLimits(text: string, file = "config/limits.yaml"): Limits {
  const fields = fieldsOf(readYaml(text, file), file, { required: Object.keys(BOUNDS) });
  const whole = (key: Exclude<keyof Limits, "approveByMinutes">): number =>
    integerOf(fields.get(key), `${file}: ${key}`, BOUNDS[key]);
  const approveBy = fieldsOf(fields.get("approveByMinutes"), `${file}: approveByMinutes`, {
    required: ["pod", "wider"],
  });
  const minutes = (key: "pod" | "wider"): number =>
    integerOf(approveBy.get(key), `${file}: approveByMinutes.${key}`, BOUNDS.approveByMinutes);
  return {
    approveByMinutes: { pod: minutes("pod"), wider: minutes("wider") },
    executeByMinutes: whole("executeByMinutes"),
    evidenceAgeSecondsMax: whole("evidenceAgeSecondsMax"),
    actionsPerTargetAndHour: whole("actionsPerTargetAndHour"),
    skewSeconds: whole("skewSeconds"),
    requestBytesMax: whole("requestBytesMax"),
    votesPerPersonAndMinute: whole("votesPerPersonAndMinute"),
  };
}

function integerOf(value: unknown, where: string, { least, most }: Bounds): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most)
    throw new Error(`${where} must be a whole number from ${least} to ${most}, and is ${JSON.stringify(value)}.`);
  return value;
}
