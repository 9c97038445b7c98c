import type { Action } from "./action.ts";
import { refused } from "./deployment.ts";

/** Closes an action over its own input: whoever calls it passes names and texts, and they are parsed each time. */
export function entry<Input extends Readonly<Record<string, string>>>(action: Action<Input>): Action {
  const { byHand, ...rest } = action;
  return {
    ...rest,
    ...(byHand && { byHand: (given: Readonly<Record<string, string>>) => byHand(action.input.parse(given)) }),
    subject: (given) => action.subject(action.input.parse(given)),
    door: (given) => action.door(action.input.parse(given)),
    plan: async (live, given, world, signal) => {
      const parsed = action.input.safeParse(given);
      if (parsed.success) return action.plan(live, parsed.data, world, signal);
      const why = parsed.error.issues.map((issue) =>
        [issue.path.join("."), issue.message].filter((part) => part !== "").join(" "),
      );
      return refused("arguments-invalid", `These are no arguments of ${action.name}: ${why.join("; ")}.`);
    },
  };
}
