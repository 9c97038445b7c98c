import type { Case } from "../analyst.ts";
import { converse } from "./converse.ts";
import { prepare, type Equipment } from "./investigation.ts";
import { tokensIn } from "./meter.ts";
import { openProvider } from "./provider.ts";

/** The first request about a case, as it would leave. Later ones repeat it, and add what the model asked and was told. */
export type Preview = {
  readonly url: string;
  readonly body: string;
  /** The most that it can be. */
  readonly tokens: number;
  /** The most that the request and its answer can cost. */
  readonly microUsd: number;
};

const NO_KEY = "no key: nothing is sent";

/**
 * Lets the conversation begin as it always does, with the SDK that writes its requests, and keeps the first one here.
 * @throws the sentence of what would keep it from being sent.
 */
export async function previewOf(
  equipment: Equipment,
  about: Case,
  baseUrl: string | undefined,
  stop: AbortSignal,
): Promise<Preview> {
  const { models, model } = equipment;
  const { request, meter } = prepare(equipment, about, models.perIncident);
  const written: { readonly url: string; readonly body: string }[] = [];
  const client = openProvider({ apiKey: NO_KEY, baseUrl }, async (url, { body }) => {
    if (typeof body === "string") written.push({ url, body });
    // an answer after which nothing is tried again
    return new Response(null, { status: 400 });
  });
  const secondsMax = models.perIncident.milliseconds / 1000;
  const isConcluded = (): boolean => false;
  const ending = await converse({ client, request, meter, turnsMax: 1, isConcluded, secondsMax, stop });
  const [first] = written;
  if (first === undefined)
    throw new Error(`Nothing would be sent: ${"because" in ending ? ending.because : ending.outcome}.`);
  const tokens = tokensIn(first.body.length);
  const price = models.priceOf(model);
  return {
    ...first,
    tokens,
    microUsd: Math.ceil(tokens * Math.max(price.input, price.cacheWrite) + models.outputTokensPerTurn * price.output),
  };
}
