import type { Bus, View } from "@holdfast/bus";
import type { Person } from "@holdfast/guard";
import type { Refused } from "./refusal.ts";
import { once, recorded } from "./recorded.ts";
import { requestOn, type Counter, type Wants } from "./request.ts";

/** The answer to a request once it was carried through. `next` is the proposal that policy plans for it. */
export type Asked =
  | {
      readonly outcome: "recorded";
      readonly id: string;
      readonly proposal: string;
      readonly wants: Wants;
      readonly next: string;
    }
  | Refused
  | { readonly outcome: "unsure"; readonly cause: unknown };

/** Takes requests to plan anew: decides purely, publishes what is new, and answers when the fold has seen it. */
export type Ask = (person: Person | undefined, name: string, wants: Wants, body: unknown) => Promise<Asked>;

type Ports = Counter & { readonly bus: Pick<Bus, "publish" | "now">; readonly view: Pick<View, "reached"> };

export function openAsk(ports: Ports): Ask {
  const underWay = new Map<string, Promise<void>>();
  return async (person, name, wants, body) => {
    const answer = requestOn(ports, person, { name, wants, body }, await ports.bus.now());
    if (answer.outcome === "refused") return answer;
    const { id, next, proposal } = answer;
    try {
      if (answer.outcome === "asked") await once(underWay, id, () => recorded(ports, answer.event));
    } catch (cause) {
      return { outcome: "unsure", cause };
    }
    return { outcome: "recorded", id, proposal: proposal.id, wants, next };
  };
}
