import type { Part } from "./parts.ts";

/** So often a start is tried: what refuses with a sentence may still have met another process that was not there yet. */
const TRIES = 3;
const REFUSAL = /^holdfast \S+ cannot start\. (.+)$/;

/** What the processes say that cannot start. Whoever was ready once has a sound configuration, and is not heard here. */
export type Refusals = {
  /** True for a line that refuses the first start: it is told once, at the end, and not at each try. */
  readonly hear: (part: Part, line: string) => boolean;
  /** True while this process has refused and was never ready. */
  readonly refuses: (part: Part) => boolean;
  readonly isReady: (part: Part) => void;
  readonly wasReady: (part: Part) => boolean;
  /** The sentences, once some process has refused for good, each with the processes that it keeps from starting. */
  readonly final: () => string | undefined;
};

export function listenForRefusals(): Refusals {
  const ready = new Set<Part>();
  const said = new Map<Part, { readonly because: string; readonly times: number }>();
  return {
    hear: (part, line) => {
      const because = REFUSAL.exec(line)?.[1];
      if (because === undefined || ready.has(part)) return false;
      said.set(part, { because, times: (said.get(part)?.times ?? 0) + 1 });
      return true;
    },
    refuses: (part) => said.has(part),
    isReady: (part) => {
      ready.add(part);
      said.delete(part);
    },
    wasReady: (part) => ready.has(part),
    final: () => {
      if (![...said.values()].some(({ times }) => times >= TRIES)) return undefined;
      const causes = [...new Set([...said.values()].map(({ because }) => because))];
      const partsOf = (cause: string): readonly Part[] =>
        [...said].filter(([, { because }]) => because === cause).map(([part]) => part);
      return causes.map((cause) => `${ended(cause)} ${kept(partsOf(cause))}`).join("\n");
    },
  };
}

function ended(sentence: string): string {
  return /[.)]$/.test(sentence) ? sentence : `${sentence}.`;
}

function kept(parts: readonly Part[]): string {
  const names = parts.toSorted();
  const last = names.at(-1) ?? "";
  return names.length > 1
    ? `Without that ${names.slice(0, -1).join(", ")} and ${last} cannot start.`
    : `Without that ${last} cannot start.`;
}
