/** What users feel now, as one line for the review; where it cannot be known, the line says why. */
export type Users = (
  target: { readonly namespace: string | null; readonly name: string },
  signal: AbortSignal,
) => Promise<string>;

export const noTelemetry: Users = async () => "not known: no Prometheus is configured (HOLDFAST_PROMETHEUS_URL)";

const TIMEOUT_MS = 2_000;
const BODY_BYTES_MAX = 64 * 1024;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @param text a PromQL expression, after lines of comments that are not sent, with `$namespace` and `$workload`, whose one value is the share of requests that fail. */
export function prometheusUsers(baseUrl: string, text: string): Users {
  const query = text.replace(/^(?:\s*#.*\n)+/, "");
  return async ({ namespace, name }, signal) => {
    if (namespace === null) return "not known: this is not a workload";
    if (!NAME.test(namespace) || !NAME.test(name)) return "not known: its name is not one that Kubernetes gives";
    try {
      const share = await ask(baseUrl, query.replaceAll("$namespace", namespace).replaceAll("$workload", name), signal);
      return share === undefined
        ? "not known: Prometheus has no such series"
        : `${(share * 100).toFixed(1)}% of requests fail`;
    } catch {
      return "not known: Prometheus did not answer";
    }
  };
}

async function ask(baseUrl: string, query: string, signal: AbortSignal): Promise<number | undefined> {
  const url = new URL(`${baseUrl.replace(/\/$/, "")}/api/v1/query`);
  url.searchParams.set("query", query);
  const answer = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    redirect: "error",
    headers: { "user-agent": "holdfast-policy" },
  });
  const text = await answer.text();
  if (!answer.ok || text.length > BODY_BYTES_MAX) throw new Error(`Prometheus answered ${answer.status}`);
  const body = JSON.parse(text) as {
    readonly data?: { readonly result?: readonly { readonly value?: readonly [number, string] }[] };
  };
  const value = Number(body.data?.result?.[0]?.value?.[1]);
  return Number.isFinite(value) ? value : undefined;
}
