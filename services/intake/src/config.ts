import { readSecret, type Settings } from "@holdfast/service";

export type Config = { readonly token: string; readonly poll: Poll | undefined };
export type Poll = { readonly url: string; readonly everyMs: number };

const POLL_MS = 10_000;
const SANDBOX_POLL_MS = 2_000;

/** @throws with a sentence when a secret is missing or two settings do not fit together. */
export function configOf(settings: Settings<"intake">): Config {
  return {
    token: settings.HOLDFAST_INTAKE_TOKEN ?? readSecret(settings.HOLDFAST_INTAKE_TOKEN_FILE),
    poll: pollOf(settings),
  };
}

function pollOf({
  HOLDFAST_INTAKE_POLL: isOn,
  HOLDFAST_ALERTMANAGER_URL: url,
  HOLDFAST_CLUSTER: cluster,
}: Settings<"intake">): Poll | undefined {
  if (!isOn) return undefined;
  if (url === undefined)
    throw new Error(
      "HOLDFAST_INTAKE_POLL is 1, and HOLDFAST_ALERTMANAGER_URL does not say which Alertmanager to poll. Set it, or do not poll.",
    );
  return { url, everyMs: cluster === "sandbox" ? SANDBOX_POLL_MS : POLL_MS };
}
