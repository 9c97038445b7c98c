import Anthropic from "@anthropic-ai/sdk";
import { VERSION } from "@holdfast/service";
import { z } from "zod";

export type ProviderSettings = { readonly apiKey: string; readonly baseUrl: string | undefined };

const REQUEST_MS_MAX = 60_000;
const RETRIES = 2;
const ANTHROPIC = "https://api.anthropic.com";

/** The version of the API that this SDK speaks. */
const API_VERSION = "2026-10-21";

/** Sends one request, which it is given as it leaves. */
export type Send = (url: string, request: RequestInit) => Promise<Response>;

/**
 * Everything that the SDK would else look for in the environment is given. Headers are ours alone: it would add whatever
 * ANTHROPIC_CUSTOM_HEADERS holds, and it describes this machine.
 */
export function openProvider({ apiKey, baseUrl = ANTHROPIC }: ProviderSettings, send: Send = fetch): Anthropic {
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    "anthropic-version": API_VERSION,
    authorization: `Bearer ${apiKey}`,
    "user-agent": `holdfast-triage/${VERSION}`,
  };
  return new Anthropic({
    fetch: (input, request) => send(input instanceof Request ? input.url : String(input), { ...request, headers }),
    apiKey,
    authToken: null,
    baseURL: baseUrl,
    webhookKey: null,
    timeout: REQUEST_MS_MAX,
    maxRetries: RETRIES,
    logLevel: "off",
    openTelemetry: false,
    // a redirect would carry the key and the case to whoever it names
    fetchOptions: { redirect: "error" },
  });
}

/** `lost`: what was asked may have been answered and paid for, and the answer did not arrive. */
export type Fault = { readonly because: string; readonly lost: boolean };

/** Why the provider gave no answer, as the rest of a sentence; undefined where it is no fault of a provider. Never what it said itself. */
export function providerFault(error: unknown): Fault | undefined {
  if (error instanceof Anthropic.APIConnectionTimeoutError) return { because: "it did not answer in time", lost: true };
  if (error instanceof Anthropic.APIConnectionError) return { because: "it could not be reached", lost: false };
  if (error instanceof Anthropic.APIError) return { because: statusFault(error.status), lost: false };
  if (error instanceof z.ZodError) return { because: "its answer was no message", lost: true };
  if (error instanceof SyntaxError || (error instanceof TypeError && error.message === "terminated"))
    return { because: "its answer was cut off", lost: true };
  if (error instanceof Anthropic.AnthropicError) return { because: "its answer could not be used", lost: true };
  return undefined;
}

const FAULTS: Readonly<Record<number, string>> = {
  401: "it refused the key (401); check ANTHROPIC_API_KEY",
  403: "it refused the key (403); check ANTHROPIC_API_KEY",
  404: "it knows no such model (404); check HOLDFAST_MODEL",
  429: "it limits the rate of requests (429)",
  529: "it is overloaded (529)",
};

function statusFault(status: number | undefined): string {
  if (status === undefined) return "it gave no answer";
  return FAULTS[status] ?? `it answered ${status}`;
}
