import Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import type { Redactor } from "@holdfast/redact";
import type { Tool, ToolPorts } from "../tool.ts";
import type { Border } from "./border.ts";
import { CONCLUDE, Conclusion, concluded, type Concluded } from "./conclusion.ts";
import type { EvidenceBook } from "./evidence-book.ts";
import type { Meter } from "./meter.ts";
import { READ_CASE } from "./prompt.ts";
import type { Drafting } from "./proposals.ts";

type Runnable = Anthropic.Beta.Messages.BetaToolRunnerParams["tools"];

type Parts = {
  readonly tools: readonly Tool[];
  readonly ports: ToolPorts;
  readonly border: Border;
  readonly book: EvidenceBook;
  readonly redactor: Redactor;
  readonly meter: Meter;
  readonly drafting: Drafting;
  readonly caseData: string;
  readonly conclude: (conclusion: Concluded) => void;
};

const TOOL_MS_MAX = 15_000;

/** Everything that the model may call. There is nothing else: the runner answers any other name with an error. */
export function runnableTools({
  tools,
  ports,
  border,
  book,
  redactor,
  meter,
  drafting,
  caseData,
  conclude,
}: Parts): Runnable {
  const counted =
    (work: Work): Work =>
    async (given, signal) => {
      if (!meter.mayRun()) throw new Error("No calls are left. Conclude now, with what you have read.");
      return work(given, signal);
    };
  const nothing = z.strictObject({});
  return [
    runnable(
      border,
      READ_CASE,
      "The case: its target, its alerts, and what the signatures found. It was read for you.",
      nothing,
      counted(async () => caseData),
    ),
    ...tools
      .filter((tool) => tool.offered(ports))
      .map((tool) =>
        runnable(
          border,
          tool.name,
          tool.says,
          tool.input,
          counted(async (given, signal) => border.pass(await tool.run(given, ports, signal))),
        ),
      ),
    ...drafting.tools.map(({ name, says, input, draft }) =>
      runnable(
        border,
        name,
        says,
        input,
        counted(async (given) => draft(given)),
      ),
    ),
    runnable(
      border,
      CONCLUDE,
      "Ends the investigation with its result. Call it once, last.",
      Conclusion,
      async (given) => {
        conclude(concluded(given, redactor, book));
        return "Concluded.";
      },
    ),
  ];
}

type Work = (given: unknown, signal: AbortSignal) => Promise<string>;

/** The runner hands on what the model sent as it came, so the work parses it; what it throws is told to the model, redacted. */
function runnable(border: Border, name: string, description: string, input: z.ZodType, work: Work): Runnable[number] {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
  return {
    type: "custom",
    name,
    description,
    input_schema: { ...schema, type: "object" },
    parse: (given) => given,
    run: async (given, context) => {
      const limit = AbortSignal.timeout(TOOL_MS_MAX);
      try {
        return await work(given, context?.signal ? AbortSignal.any([context.signal, limit]) : limit);
      } catch (error) {
        throw new Anthropic.Beta.Messages.ToolError(
          border.excuse(
            error instanceof z.ZodError ? new Error(`These arguments are not taken: ${z.prettifyError(error)}`) : error,
          ),
        );
      }
    },
  };
}
