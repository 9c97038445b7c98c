import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import { CONCLUDE } from "./conclusion.ts";
import type { Call, Meter } from "./meter.ts";
import { providerFault } from "./provider.ts";

type Params = Anthropic.Beta.Messages.BetaToolRunnerParams;
type Runner = Anthropic.Beta.Messages.BetaToolRunner<false>;

/** How a conversation ended. `because` is the rest of a sentence, for people. */
export type Ending =
  | { readonly outcome: "concluded" }
  | { readonly outcome: "over_budget" | "provider_down" | "refused" | "stopped"; readonly because: string };

export type Conversation = {
  readonly client: Anthropic;
  readonly request: Params;
  readonly meter: Meter;
  readonly turnsMax: number;
  /** Asked after each round of tool calls. */
  readonly isConcluded: () => boolean;
  readonly secondsMax: number;
  /** Stops the work altogether; the conversation then rejects. */
  readonly stop: AbortSignal;
};

const count = z.int().nonnegative();
/** What is relied on of an answer; a gateway may send anything. */
const Answer = z.object({
  stop_reason: z.string().nullable(),
  content: z.array(z.object({ type: z.string(), name: z.string().optional(), input: z.unknown().optional() })),
  usage: z.object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count.nullish(),
    cache_creation_input_tokens: count.nullish(),
  }),
});

/** Lets the SDK's runner carry the conversation, looks at each turn, and ends it in time. What fails is an ending. */
export async function converse(conversation: Conversation): Promise<Ending> {
  const { client, request, meter, turnsMax, secondsMax, stop } = conversation;
  const tooMuch = secondsMax <= 0 ? "its time is used up" : meter.exceeds(JSON.stringify(request).length);
  if (tooMuch !== undefined) return { outcome: "over_budget", because: tooMuch };
  const limit = AbortSignal.timeout(secondsMax * 1000);
  let answers = 0;
  try {
    const runner = client.beta.messages.toolRunner(
      { ...request, stream: false, max_iterations: turnsMax },
      { signal: AbortSignal.any([stop, limit]) },
    );
    for await (const message of runner) {
      answers += 1;
      const ending = await afterTurn(message, runner, conversation);
      if (ending !== undefined) return ending;
    }
    // the runner ends without a word where its iterations are used up
    return { outcome: "over_budget", because: `it had not concluded after ${turnsMax} turns` };
  } catch (error) {
    const fault = providerFault(error);
    if (fault?.lost !== false || limit.aborted || stop.aborted) meter.lost();
    stop.throwIfAborted();
    if (limit.aborted)
      return answers === 0
        ? { outcome: "provider_down", because: `it did not answer within ${secondsMax} s` }
        : { outcome: "over_budget", because: `its ${secondsMax} s are over` };
    return fault === undefined
      ? { outcome: "stopped", because: "it failed in a way that nobody foresaw" }
      : { outcome: "provider_down", because: fault.because };
  }
}

async function afterTurn(
  message: unknown,
  runner: Runner,
  { meter, isConcluded }: Conversation,
): Promise<Ending | undefined> {
  const { stop_reason: reason, content, usage } = Answer.parse(message);
  meter.took({
    input: usage.input_tokens,
    output: usage.output_tokens,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite: usage.cache_creation_input_tokens ?? 0,
  });
  if (reason !== "tool_use") return endingOf(reason);
  const calls = content.flatMap(({ type, name = "", input }): Call[] =>
    type === "tool_use" ? [{ name, input, free: name === CONCLUDE }] : [],
  );
  const enough = meter.asked(calls);
  if (enough !== undefined) return enough;
  const results = await runner.generateToolResponse();
  if (isConcluded()) return { outcome: "concluded" };
  const tooMuch = meter.exceeds(JSON.stringify(results).length);
  return tooMuch === undefined ? undefined : { outcome: "over_budget", because: tooMuch };
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  refusal: { outcome: "refused", because: "it declined to go on" },
  max_tokens: { outcome: "stopped", because: "an answer of it was longer than a turn may be" },
  model_context_window_exceeded: {
    outcome: "stopped",
    because: "the conversation grew longer than it can read",
  },
};

/** A paused turn goes on by itself; whatever nobody knows ends it. */
function endingOf(reason: string | null): Ending | undefined {
  if (reason === "pause_turn") return undefined;
  return ENDINGS[reason ?? ""] ?? { outcome: "stopped", because: "it ended without a conclusion" };
}
