import { approval, tokenOf } from "../../door.ts";
import { word } from "../../fields.ts";
import { bad, note, warn, well, type Check } from "../check.ts";
import { get, jsonIn } from "../site.ts";

/** Who this terminal speaks for. */
export const check: Check = {
  name: "person",
  rank: 50,
  run: async ({ world }) => {
    const token = tokenOf(world);
    if (token === undefined)
      return [
        note(
          "this terminal has no token: it reads, and cannot vote",
          `Set HOLDFAST_TOKEN, or put your token into ${world.settings.HOLDFAST_TOKEN_FILE}.`,
        ),
      ];
    const answer = await get(world, approval(world, "/v1/me"), { authorization: `Bearer ${token}` });
    if (answer === undefined)
      return [
        bad(
          `approval does not answer at ${world.settings.HOLDFAST_APPROVAL_URL}`,
          "Start it, or set HOLDFAST_APPROVAL_URL.",
        ),
      ];
    const { name, roles, level } = jsonIn(answer.text);
    if (!answer.ok)
      return [
        bad(
          "approval does not know this terminal's token",
          "It may have been replaced. `holdfast approvers list` says who may approve; a new entry counts after a restart.",
        ),
      ];
    const as = Array.isArray(roles) ? roles.map((role) => word(role)).join(", ") : "";
    if (as === "")
      return [warn(`you are ${word(name)}, without a role: no rule lets you vote`, "Have a role given to you.")];
    return [well(`you are ${word(name)} (${as}), level ${word(level)}`)];
  },
};
