import { approval, call, tokenOf } from "./door.ts";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";
import { row } from "./line.ts";
import { reviewScreen, type Beside, type Ended, type Me } from "./review-screen.ts";
import type { Signed } from "./signed.ts";
import type { World } from "./world.ts";

/** The review panel with what stands beside it: the incident, the votes, and who is looking. */
export async function panel(
  world: World,
  shown: Fields,
  signed: Signed,
  reads: Beside["reads"],
): Promise<readonly string[]> {
  const token = tokenOf(world);
  const [incident, me] = await Promise.all([
    call(world, "approval", approval(world, `/v1/incidents/${encodeURIComponent(signed.allowed.incident)}`), { token }),
    token === undefined ? undefined : call(world, "approval", approval(world, "/v1/me"), { token }),
  ]);
  const held = listOf(incident.json["held"]).flatMap(({ says, dropped }) =>
    row(dropped === true ? "DROPPED" : "HELD", word(says)),
  );
  const screen = reviewScreen(signed, {
    now: world.now(),
    reads,
    ended: shown["state"] === "open" ? undefined : endedIn(shown),
    paint: world.paint,
    incident: incident.status === 200 ? incident.json : undefined,
    votes: listOf(shown["votes"]),
    me: me?.status === 200 ? personIn(me.json) : undefined,
  });
  return [...screen, ...held];
}

function personIn({ name, roles, level }: Fields): Me {
  return { name: word(name), roles: Array.isArray(roles) ? roles.map((role) => word(role)) : [], level: Number(level) };
}

function endedIn(shown: Fields): Ended {
  const at = Date.parse(word(fieldsOf(shown["outcome"])["at"]) || word(shown["verdictAt"]));
  return { state: word(shown["state"]), at: Number.isNaN(at) ? undefined : at, outcome: outcomeLines(shown) };
}

/** How it ended, if it did: what was observed, and the command that undoes it. */
export function outcomeLines(shown: Fields): readonly string[] {
  const state = word(shown["state"]);
  const [outcome, rejected] = [fieldsOf(shown["outcome"]), fieldsOf(shown["rejected"])];
  if (word(outcome["state"]) !== "") {
    return [
      ...row("OUTCOME", `${word(outcome["state"])}: ${word(outcome["because"])}`),
      ...next(shown),
      ...undoing(shown, word(fieldsOf(outcome["backOut"])["command"])),
    ];
  }
  if (word(rejected["by"]) !== "") {
    const by = rejected["by"] === "person" ? "a person" : "policy";
    return [...row("OUTCOME", `rejected by ${by}: ${word(rejected["because"])}`), ...next(shown)];
  }
  return PENDING_SAYS[state] === undefined ? [] : row("OUTCOME", PENDING_SAYS[state]);
}

/** What a person can do about a change that was not made. */
function next(shown: Fields): readonly string[] {
  const { mayRequest, code } = shown;
  const isPossible = Array.isArray(mayRequest) && mayRequest.includes("replan");
  return isPossible ? row("NEXT", `holdfast replan ${word(code)} has the same change planned on the facts of now`) : [];
}

const PENDING_SAYS: Readonly<Record<string, string>> = {
  approved: "none yet: it is approved, and the executor has not begun",
  started: "none yet: the executor has begun",
  unknown: "not known: the executor has not said how it ended",
};

const UNDOABLE = ["succeeded", "failed", "unknown"];

/** Through the same gate first; the command by hand is for whoever cannot wait for it. */
function undoing(shown: Fields, command: string): readonly string[] {
  if (command === "" || shown["state"] === "refused") return [];
  const isAction = fieldsOf(fieldsOf(shown["backOut"])["action"])["action"] !== undefined;
  if (!isAction || !UNDOABLE.includes(word(shown["state"]))) return ["To undo it:", command];
  return [`To undo it through the same gate: holdfast backout ${word(shown["code"])}`, "Or by hand:", command];
}
