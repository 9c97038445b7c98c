import { parse } from "yaml";
import { z } from "zod";
import type { Alert, NameValue, Target } from "@holdfast/schemas";

const KINDS = [
  "Pod",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "Node",
] as const;

/** The kinds of object that an alert can name. */
export type TargetKind = (typeof KINDS)[number];

const Label = z.string().min(1);
const Where = z.strictObject({ name: z.array(Label).min(1), namespace: Label.optional() });
const Table = z.strictObject({
  clusterLabel: Label,
  correlate: z.array(Label).min(1),
  ignoredAlerts: z.array(z.string()),
  ignoredSeverities: z.array(z.string()),
  ignoredLabels: z.record(Label, z.string().min(1)),
  kinds: z.record(z.enum(KINDS), Where),
  alerts: z.record(z.string().min(1), z.array(z.enum(KINDS))),
});

/** What an alert is about. Without a target there is an analysis and never a plan, and `because` says why. */
export type Aim = {
  readonly target: Target | null;
  readonly correlation: readonly NameValue[];
  readonly because: string;
};

export type Targets = {
  /** True for alerts that say that all is well, that nobody needs to act, or that Holdfast itself is not well. */
  readonly ignores: (alert: Alert) => boolean;
  readonly aim: (alert: Alert, cluster: string) => Aim;
};

const DNS_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL_CHARACTERS_MAX = 200;

export function openTargets(text: string, file = "config/targets.yaml"): Targets {
  const table = Table.safeParse(parsed(text, file));
  if (!table.success) throw new Error(unusable(file, firstProblem(table.error)));
  const { clusterLabel, correlate, ignoredAlerts, ignoredSeverities, ignoredLabels, kinds, alerts } = table.data;
  const kindsOf = new Map(Object.entries(alerts));
  return {
    ignores: (alert) =>
      ignoredAlerts.includes(nameOf(alert)) ||
      ignoredSeverities.includes(severityOf(alert)) ||
      Object.entries(ignoredLabels).some(([name, value]) => labelOf(alert, name) === value),
    aim: (alert, cluster) => {
      const label = (name: string): string | undefined => measuredOf(alert, name);
      const named = label(clusterLabel);
      const without = (because: string): Aim => ({ target: null, correlation: present(correlate, label), because });
      if (named !== undefined && named !== cluster)
        return without(`the alert names the cluster ${named}, and this Holdfast watches ${cluster}`);
      const fitting = kindsOf.get(nameOf(alert)) ?? kindsOf.get("*") ?? [];
      for (const kind of fitting) {
        const found = targetOf(kind, kinds[kind], label, cluster);
        if (found !== undefined)
          return { target: found, correlation: correlationOf(found), because: `the alert names ${kind} ${found.name}` };
      }
      return without("none of its labels names one object");
    },
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return parse(text, { uniqueKeys: true });
  } catch (error) {
    const [says] = error instanceof Error ? error.message.split("\n") : [];
    throw new Error(unusable(file, says?.replace(/:$/, "") ?? "it is no YAML"));
  }
}

function firstProblem({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return "it is not the table of targets";
  if (issue.path.length > 0) return `${issue.path.join(".")}: ${issue.message}`;
  return issue.code === "invalid_type"
    ? `it is empty or no map; its keys are ${Object.keys(Table.shape).join(", ")}`
    : issue.message;
}

function unusable(file: string, because: string): string {
  return `${file} is not usable: ${because}. Without it no alert has a target, so nothing was started. Repair the file.`;
}

/** The labels that alerts about one object join by. */
export function correlationOf(target: Target): readonly NameValue[] {
  return [
    { name: "cluster", value: target.cluster },
    { name: "kind", value: target.kind },
    { name: "name", value: target.name },
    ...(target.namespace === null ? [] : [{ name: "namespace", value: target.namespace }]),
  ];
}

function labelOf(alert: Alert, name: string): string | undefined {
  const value = alert.labels.find((label) => label.name === name)?.value;
  return value === undefined || value === "" ? undefined : value;
}

/** Where a metric and its scrape name the same label, Prometheus keeps the metric's own under a prefix unless it honours it. */
function measuredOf(alert: Alert, name: string): string | undefined {
  return labelOf(alert, `exported_${name}`) ?? labelOf(alert, name);
}

export function nameOf(alert: Alert): string {
  return labelOf(alert, "alertname") ?? "";
}

export function severityOf(alert: Alert): string {
  return labelOf(alert, "severity") ?? "";
}

function targetOf(
  kind: TargetKind,
  where: z.infer<typeof Where>,
  label: (name: string) => string | undefined,
  cluster: string,
): Target | undefined {
  const name = where.name.map(label).find((value) => value !== undefined);
  const namespace = where.namespace === undefined ? null : label(where.namespace);
  // a name that Kubernetes cannot have is text that somebody wrote, and names nothing
  if (name === undefined || namespace === undefined || !DNS_NAME.test(name)) return undefined;
  if (namespace !== null && !DNS_NAME.test(namespace)) return undefined;
  return { cluster, namespace, kind, name, uid: null };
}

function present(names: readonly string[], label: (name: string) => string | undefined): readonly NameValue[] {
  return names
    .toSorted()
    .map((name) => ({ name, value: (label(name) ?? "").slice(0, LABEL_CHARACTERS_MAX) }))
    .filter(({ value }) => value !== "");
}
