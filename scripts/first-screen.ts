import { logVerifier, openCheckpoint } from "@holdfast/log";
import { publicKeys } from "@holdfast/schemas";
import { VERSION } from "@holdfast/service";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Holdfast } from "./supervisor.ts";

const ASK_MS_MAX = 2_000;
const TO_TRY = [
  " try     npx --no holdfast sandbox break bad-rollout   (in a second terminal)",
  "         npx --no holdfast review",
  " yours   npx --no holdfast observe   (reads your own cluster, changes nothing)",
];

/** What a person sees once Holdfast runs: where its doors are, who they are, and what to try. */
export function firstScreen(
  { settings, env }: Pick<Holdfast, "settings" | "env">,
  audit: string,
  seconds: number,
): string {
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  const you = isSandbox
    ? 'you are "alice", environment dev, level 1'
    : `approvers are in ${env["HOLDFAST_APPROVERS"] ?? "config/approvers.yaml"}`;
  const model =
    (env["ANTHROPIC_API_KEY"] ?? "") === ""
      ? "none: signatures answer alone (ANTHROPIC_API_KEY adds analyses, $5/day)"
      : `${settings.HOLDFAST_MODEL} (signatures answer first)`;
  const lines = [
    `Holdfast ${VERSION.replace(/\.\d+$/, "")}  ${headline(settings)}  ready in ${Math.ceil(seconds)} s`,
    ` inbox   ${address(settings.HOLDFAST_APPROVAL_HOST, settings.HOLDFAST_APPROVAL_PORT)}     ${you}`,
    ` alerts  ${address(settings.HOLDFAST_INTAKE_HOST, settings.HOLDFAST_INTAKE_PORT)}/v1/alertmanager      audit  ${audit}`,
    ` model   ${model}`,
    ...(isSandbox ? TO_TRY : [` logs    ${join(settings.HOLDFAST_DATA, "logs")}`]),
    " Ctrl-C  stops all",
  ];
  return lines.join("\n");
}

/** What is not ready is said in place of the screen: nothing here may look better than it is. */
export function notReadyScreen(says: readonly string[], data: string): string {
  return [
    `Holdfast ${VERSION}  NOT READY; it goes on trying. Logs: ${join(data, "logs")}`,
    ...says.map((line) => ` ${line}`),
  ].join("\n");
}

/** What can be said of the log without reading all of it: that its checkpoint bears the signature of the pinned key. */
export async function auditStatus({ settings }: Pick<Holdfast, "settings">): Promise<string> {
  try {
    const answer = await fetch(`${address(settings.HOLDFAST_AUDIT_HOST, settings.HOLDFAST_AUDIT_PORT)}/checkpoint`, {
      signal: AbortSignal.timeout(ASK_MS_MAX),
    });
    if (!answer.ok) return `no checkpoint yet (${answer.status})`;
    const [key] = publicKeys("audit", readFileSync(join(settings.HOLDFAST_PUBLIC_KEYS, "audit.pub"), "utf8"));
    if (key === undefined) return "NOT VERIFIED: no public key";
    const checkpoint = openCheckpoint(Buffer.from(await answer.arrayBuffer()), logVerifier(key));
    return checkpoint.outcome === "verified"
      ? `signed, ${checkpoint.size} records`
      : `NOT VERIFIED: ${checkpoint.because}`;
  } catch (error) {
    return `not known (${error instanceof Error ? error.message : "no answer"})`;
  }
}

function headline({ HOLDFAST_CLUSTER: cluster, HOLDFAST_MODE: mode }: Holdfast["settings"]): string {
  if (cluster === "sandbox") return "SANDBOX: simulated cluster, nothing real can change";
  return mode === "observe"
    ? "OBSERVE: a real cluster is read, nothing is changed"
    : "ACT: what people approve is changed in a real cluster";
}

function address(host: string, port: number): string {
  return `http://${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${port}`;
}
