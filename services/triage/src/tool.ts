import type { ClusterReader } from "@holdfast/cluster";
import { z } from "zod";
import type { Alertmanager } from "./alertmanager.ts";
import type { Prometheus } from "./telemetry.ts";

export type ToolPorts = {
  readonly reader: ClusterReader;
  /** undefined where no Prometheus is configured. */
  readonly prometheus: Prometheus | undefined;
  /** undefined where no Alertmanager is configured. */
  readonly alertmanager: Alertmanager | undefined;
  readonly now: () => number;
};

/** What a tool read, as it came. Whoever hands it on redacts it, cuts it and gives it an id. */
export type Reading = {
  readonly source: "kube" | "events" | "logs" | "prometheus" | "alertmanager";
  /** What was asked, for a person to ask again. */
  readonly query: string;
  readonly readAt: number;
  /** JSON; of a text its last lines are kept, of a list its first entries. */
  readonly result: unknown;
  /** True where a client of the workload could have written some of it. */
  readonly outsideWritable: boolean;
  /** Of a text, how many lines are wanted. */
  readonly lastLines?: number;
};

type Definition<Input> = {
  /** snake_case, as in the file's name with hyphens. */
  readonly name: string;
  /** For the model: what it reads, and when to ask it. */
  readonly says: string;
  readonly input: z.ZodType<Input>;
  readonly offered: (ports: ToolPorts) => boolean;
  readonly run: (input: Input, ports: ToolPorts, signal: AbortSignal) => Promise<Reading>;
};

/** One read tool: one file, which is all that adding it takes. It parses what it is given before it runs. */
export type Tool = Definition<unknown>;

export function defineTool<Input>(definition: Definition<Input>): Tool {
  return {
    ...definition,
    run: async (given, ports, signal) => definition.run(definition.input.parse(given), ports, signal),
  };
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

export const namespace = z.string().regex(LABEL, "is no name of a namespace");
export const objectName = z.string().regex(SUBDOMAIN, "is no name that Kubernetes takes (lower case, digits, - and .)");
