import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { SETTINGS } from "@holdfast/service";
import { given } from "../command.ts";
import { EXIT, Stopped } from "../exit.ts";

export const USAGE =
  "observe [--kubeconfig FILE] [--context NAME] [--alertmanager URL] [--prometheus URL] [--model] [--once] [--keep FOLDER]";

type Environment = Readonly<Record<string, string | undefined>>;

/** What a person asked to observe. */
export type Asked = {
  readonly kubeconfig: string;
  readonly context: string | undefined;
  readonly alertmanager: string | undefined;
  readonly prometheus: string | undefined;
  readonly asksModel: boolean;
  readonly once: boolean;
  readonly keep: string | undefined;
};

export function askedFor(args: readonly string[], env: Environment): Asked {
  const { values } = given(
    USAGE,
    args,
    {
      kubeconfig: { type: "string" },
      context: { type: "string" },
      alertmanager: { type: "string" },
      prometheus: { type: "string" },
      model: { type: "boolean" },
      once: { type: "boolean" },
      keep: { type: "string" },
    },
    { least: 0, most: 0 },
  );
  const { context, alertmanager, prometheus, keep } = values;
  const asksModel = values.model === true;
  if (asksModel && (env["ANTHROPIC_API_KEY"] ?? "") === "")
    throw new Stopped(
      EXIT.usage,
      "--model asks Claude, and ANTHROPIC_API_KEY is not set. Set it, or leave --model out.",
    );
  for (const url of [alertmanager, prometheus])
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
      throw new Stopped(EXIT.usage, `"${url}" is not an address that begins with http:// or https://.`);
  return {
    kubeconfig: kubeconfigOf(values.kubeconfig, env),
    context,
    alertmanager,
    prometheus,
    asksModel,
    once: values.once === true,
    keep,
  };
}

/** The file that kubectl would read, where none is named. */
function kubeconfigOf(named: string | undefined, env: Environment): string {
  const files = (named ?? (env["HOLDFAST_KUBECONFIG"] || env["KUBECONFIG"] || ""))
    .split(named === undefined ? delimiter : "\0")
    .filter((file) => file !== "");
  if (files.length > 1)
    throw new Stopped(
      EXIT.usage,
      "KUBECONFIG names several files, and Holdfast reads one. Make one of them: kubectl config view --flatten > FILE, then --kubeconfig FILE.",
    );
  const file = resolve(files[0] ?? join(env["HOME"] ?? env["USERPROFILE"] ?? "", ".kube", "config"));
  if (!existsSync(file))
    throw new Stopped(EXIT.usage, `There is no kubeconfig ${file}. Name one that kubectl can use: --kubeconfig FILE.`);
  return file;
}

/** Settings of a person that mean the same here; whatever else is set is meant for another Holdfast. */
const KEPT = ["HOLDFAST_CLUSTER_NAME", "HOLDFAST_LOG_LEVEL"];
const OF_MODEL = ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "HOLDFAST_MODEL"];

/** The environment of services that only observe: on free ports, in a folder of their own, without a model unless asked for. */
export function environmentOf(asked: Asked, env: Environment, folder: string, config: string): Environment {
  const plain = Object.entries(env).filter(([name]) => !/^(HOLDFAST|ANTHROPIC)_/.test(name));
  const kept = [...KEPT, ...(asked.asksModel ? OF_MODEL : [])].flatMap((name) =>
    env[name] === undefined ? [] : [[name, env[name]] as const],
  );
  const ports = Object.entries(SETTINGS).flatMap(([name, { kind }]) => (kind === "port" ? [[name, "0"] as const] : []));
  const { alertmanager, prometheus, context, kubeconfig } = asked;
  return {
    ...Object.fromEntries([...plain, ...kept, ...ports]),
    HOLDFAST_DATA: folder,
    HOLDFAST_CONFIG: config,
    HOLDFAST_APPROVERS: join(folder, "approvers.yaml"),
    HOLDFAST_CLUSTER: "kubeconfig",
    HOLDFAST_MODE: "observe",
    HOLDFAST_KUBECONFIG: kubeconfig,
    HOLDFAST_DEBOUNCE_SECONDS: "1",
    ...(context !== undefined && { HOLDFAST_CONTEXT: context }),
    ...(alertmanager === undefined
      ? { HOLDFAST_SCAN: "1" }
      : { HOLDFAST_ALERTMANAGER_URL: alertmanager, HOLDFAST_INTAKE_POLL: "1" }),
    ...(prometheus !== undefined && { HOLDFAST_PROMETHEUS_URL: prometheus }),
  };
}
