import { span } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { approval, need, tokenOf } from "../door.ts";
import { targetIn } from "../events.ts";
import { EXIT } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import { shortened } from "../line.ts";
import { clock } from "../moment.ts";
import type { World } from "../world.ts";

const USAGE = "proposals [--state STATE] [--limit N] [--json]";
const OPTIONS = { state: { type: "string" }, limit: { type: "string" }, json: { type: "boolean" } } as const;

export const command: Command = {
  usage: USAGE,
  says: "what was proposed, the newest first",
  run: async (args, world) => {
    const { values } = given(USAGE, args, OPTIONS, { least: 0, most: 0 });
    const { state, limit } = values;
    const query = new URLSearchParams({ ...(state !== undefined && { state }), ...(limit !== undefined && { limit }) });
    const url = approval(world, `/v1/proposals?${query.toString()}`);
    const { text, json } = await need(world, "approval", url, { token: tokenOf(world) });
    if (values.json === true) world.say(text);
    else for (const line of table(world, listOf(json["proposals"]), json["next"] !== null)) world.say(line);
    return EXIT.done;
  },
};

function table(world: World, proposals: readonly Fields[], isMore: boolean): readonly string[] {
  if (proposals.length === 0) return ["No proposals."];
  const head = world.paint("soft", columns("CODE", "STATE", "WHAT", "ENV", "WHEN"));
  return [
    head,
    ...proposals.map((proposal) => line(world, proposal)),
    ...(isMore ? ["There are more: --limit 200."] : []),
  ];
}

function line({ paint, now }: World, proposal: Fields): string {
  const { id, code, state, action, environment, approveBy } = proposal;
  const isOpen = state === "open";
  const at = Date.parse(isOpen ? word(approveBy) : bornAt(proposal));
  const when = Number.isNaN(at) ? "" : isOpen ? `by ${clock(at, now())}` : `${span(now() - at)} ago`;
  const what = shortened(`${word(action)} ${targetIn(proposal)}`, 43);
  const text = columns(word(code) || word(id).slice(0, 8), word(state), what, word(environment), when);
  return isOpen ? paint("strong", text) : text;
}

/** The oldest moment that the door tells of it. */
function bornAt({ draftedAt, plannedAt, deniedAt, verdictAt }: Fields): string {
  return word(draftedAt) || word(plannedAt) || word(deniedAt) || word(verdictAt);
}

function columns(code: string, state: string, what: string, environment: string, when: string): string {
  return code.padEnd(9) + state.padEnd(10) + what.padEnd(44) + environment.padEnd(8) + when;
}
