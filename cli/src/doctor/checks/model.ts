import { readSettings } from "@holdfast/service";
import { bad, note, warn, well, type Check } from "../check.ts";
import { get, jsonIn } from "../site.ts";
import { listOf } from "../../fields.ts";

const ANTHROPIC = "https://api.anthropic.com";

/** Asks for the list of models, which costs no tokens. */
export const check: Check = {
  name: "model",
  rank: 90,
  run: async ({ world, env }) => {
    const {
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: base = ANTHROPIC,
      HOLDFAST_MODEL: model,
    } = readSettings("triage", {
      ...env,
      HOLDFAST_MODE: "observe",
    });
    if (key === undefined)
      return [
        note(
          "none in this terminal: without one the signatures answer alone",
          "Set ANTHROPIC_API_KEY to add analyses.",
        ),
      ];
    const answer = await get(world, `${base}/v1/models?limit=1000`, {
      "x-api-key": key,
      "anthropic-version": "2023-06-01",
    });
    if (answer === undefined)
      return [
        warn(
          `no models at ${new URL(base).origin}: nobody answers`,
          "The signatures answer alone until it does. Is the network open to it?",
        ),
      ];
    if (answer.status === 401 || answer.status === 403)
      return [bad("the API key of this terminal is refused", "Put a valid ANTHROPIC_API_KEY where triage reads it.")];
    if (!answer.ok)
      return [warn(`the list of models cannot be had (${answer.status})`, "The signatures answer alone meanwhile.")];
    const known = listOf(jsonIn(answer.text)["data"]).some(({ id }) => id === model);
    return known
      ? [well(`${model} is there for this terminal's key`)]
      : [warn(`${model} is not among the models of this key`, "Set HOLDFAST_MODEL to one that is.")];
  },
};
