import type { Bus } from "@holdfast/bus";
import type { Settings } from "@holdfast/service";
import type { StartServices } from "./services.ts";

/** Everything that a command may touch. */
export type World = {
  readonly settings: Settings<"cli">;
  /** One line, or several, for the person; foreign text in it is visible already. */
  readonly say: (text: string) => void;
  /** Whatever is not the answer itself. */
  readonly warn: (text: string) => void;
  /** The next line that the person types; undefined when there is none any more. Nobody answers in their place. */
  readonly ask: (prompt: string) => Promise<string | undefined>;
  readonly paint: Paint;
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** The person's own environment, for a command that starts services. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly start: StartServices;
  /** The bus itself, with the operator's own credential. */
  readonly openBus: (settings: Settings<"cli">) => Promise<Bus>;
  readonly signal: AbortSignal;
};

export type Tone = "strong" | "soft" | "stop" | "warn" | "go";
export type Paint = (tone: Tone, text: string) => string;
