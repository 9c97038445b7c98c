import { shortCode, span, visibleLine, type BackOut, type Drafted, type Fact, type Plan } from "@holdfast/schemas";
import { differencesOf, shortField } from "./difference.ts";
import { fieldsOf, word, type Fields } from "./fields.ts";
import { lastLine, row, shortened, sided, WIDTH } from "./line.ts";
import { evidenceRows, factRows, wordsSaid } from "./in-full.ts";
import { modelNote } from "./model-note.ts";
import { clock } from "./moment.ts";
import type { Signed } from "./signed.ts";
import type { Paint, Tone } from "./world.ts";

/** What stands beside the signed bytes on the screen and is not in them. */
export type Beside = {
  readonly now: number;
  readonly paint: Paint;
  /** Whether keys show what is left out here, or everything is printed. */
  readonly reads: "with keys" | "in full";
  /** undefined while it is open. */
  readonly ended: Ended | undefined;
  /** The incident as the door tells it; undefined where it is not known. */
  readonly incident: Fields | undefined;
  readonly votes: readonly Fields[];
  /** Who the token names; undefined where nobody. */
  readonly me: Me | undefined;
};

export type Ended = {
  readonly state: string;
  readonly at: number | undefined;
  readonly outcome: readonly string[];
};

export type Me = { readonly name: string; readonly roles: readonly string[]; readonly level: number };

const FACTS_MAX = 3;
const EVIDENCE_MAX = 4;
const UNDO_MAX = 60;

/** The review, from the signed bytes, in the order in which a person decides. */
export function reviewScreen(signed: Signed, beside: Beside): readonly string[] {
  const { allowed, draft } = signed;
  const { plan } = allowed;
  return [
    ...heading(signed, beside),
    ...(beside.ended?.outcome ?? []),
    ...row("USERS", plan.users),
    ...row("NOW", plan.now),
    ...change(plan),
    ...row("TOUCHES", `${plan.touches} (scope ${plan.scope}, ${pods(plan)})`),
    ...undoRows(plan.backOut, beside),
    ...row("NOT UNDONE", plan.notUndone.length === 0 ? "nothing that Holdfast knows of" : plan.notUndone.join(", ")),
    ...row(
      "STICKS?",
      plan.owner === null ? "nothing else is known to own these fields" : `${plan.owner.name}: ${plan.owner.says}`,
    ),
    ...why(draft, plan, beside),
    ...row(
      "CHECKED",
      `${plan.dryRunSays}; ${allowed.rules.join(", ")} (policy ${allowed.policyDigest.slice(0, 6)}); ${signatureSays(signed)}`,
    ),
    ...row("MODEL", modelLine(draft, plan, beside)),
    ...(beside.reads === "in full" ? wordsSaid(draft) : []),
    ...row("VOTES", votesLine(signed, beside)),
    ...(beside.ended === undefined
      ? row("CODE", `${shortCode(signed.digest)} must be the same on page, phone and here`)
      : []),
  ];
}

function heading({ allowed, digest }: Signed, { now, paint, incident, ended }: Beside): readonly string[] {
  const { plan, lastMoment } = allowed;
  const { cluster, namespace, kind, name } = plan.target;
  const left = `${ended?.state.toUpperCase() ?? "REVIEW"} ${shortCode(digest)}   ${visibleLine(plan.action)}`;
  const open =
    now < lastMoment ? `answer by ${clock(lastMoment, now)} (${span(lastMoment - now)})` : "its time is over";
  const right = ended === undefined ? open : ended.at === undefined ? "" : clock(ended.at, now);
  const place = [cluster, namespace, `${kind} ${name}`]
    .filter((part) => part !== null)
    .map(visibleLine)
    .join(" / ");
  const env = plan.environment.toUpperCase();
  const seen = visibleLine(incidentLine(incident, now));
  const isWide = `${place}   ${env}   ${seen}`.length > WIDTH;
  const where = `${place}   ${paint(env === "PROD" ? "stop" : "strong", env)}`;
  return [
    paint(toneOf(ended), left) + right.padStart(Math.max(WIDTH - left.length, right.length + 2)),
    ...(isWide ? [where, seen] : [`${where}   ${seen}`]),
  ];
}

function toneOf(ended: Ended | undefined): Tone {
  if (ended?.state === "succeeded") return "go";
  return ended !== undefined && ["failed", "refused", "rejected", "unknown"].includes(ended.state) ? "stop" : "strong";
}

function incidentLine(incident: Fields | undefined, now: number): string {
  if (incident === undefined) return "incident not known";
  const { severity, alertsFiring, openedAt } = incident;
  const first = typeof openedAt === "string" ? `, first ${clock(Date.parse(openedAt), now)}` : "";
  return `${typeof severity === "string" ? severity : "no severity"}, ${Number(alertsFiring)} ${alertsFiring === 1 ? "alert" : "alerts"}${first}`;
}

const GOES: Readonly<Record<string, string>> = { DELETE: "is deleted", POST: "is evicted" };

/** Of a pod that goes nothing is left to compare: what happens to it is the change. */
function podGone({ request, target, backOut }: Plan): string | undefined {
  const goes = target.kind === "Pod" ? GOES[request.verb] : undefined;
  if (goes === undefined) return undefined;
  const after = backOut.kind === "self_heals" ? "; its controller makes another" : "";
  return `pod ${target.namespace ?? target.cluster}/${target.name} ${goes}${after}`;
}

function change(plan: Plan): readonly string[] {
  const gone = podGone(plan);
  if (gone !== undefined) return row("CHANGE", gone);
  const lines = differencesOf(JSON.parse(plan.before.toString()), JSON.parse(plan.after.toString()));
  const count = `${lines.length} ${lines.length === 1 ? "field" : "fields"}, nothing else`;
  return [
    ...lines.flatMap(({ field, from, to }, at) =>
      row(at === 0 ? "CHANGE" : "", `${shortField(field)}  ${from} -> ${to}`),
    ),
    ...row(lines.length === 0 ? "CHANGE" : "", count),
  ];
}

function pods({ podsAffected }: Plan): string {
  return `${podsAffected} ${podsAffected === 1 ? "pod" : "pods"}`;
}

function undoRows(backOut: BackOut, { reads, ended }: Beside): readonly string[] {
  const { kind, command } = backOut;
  if (ended?.outcome.includes(command ?? "")) return row("UNDO", "the command above");
  if (reads === "with keys" || kind === "self_heals") return row("UNDO", undoLine(backOut));
  // A command is one line, whatever the width: it is to be copied.
  return ["UNDO", visibleLine(command ?? "not known")];
}

function undoLine({ kind, command, because }: BackOut): string {
  if (kind === "self_heals") return `it heals itself: ${because ?? "its controller restores it"}`;
  const whole = command ?? "not known";
  return whole.length <= UNDO_MAX ? whole : `${shortened(whole, UNDO_MAX)} (u: all)`;
}

function why(draft: Drafted, plan: Plan, { now, reads }: Beside): readonly string[] {
  const because = draft.by === "model" ? [] : row("", draft.because);
  if (reads === "in full")
    return [
      ...row("WHY", authorOf(draft)),
      ...because,
      ...factRows(plan.facts, now),
      ...evidenceRows(draft.evidence, now),
    ];
  const evidence = draft.evidence
    .slice(0, EVIDENCE_MAX)
    .map(({ says, source, readAt, outsideWritable }) =>
      sided(
        `"${lastLine(says)}"`,
        outsideWritable ? `${source}, not trusted` : `${source}, read ${span(now - readAt)} ago`,
      ),
    );
  const more = Math.max(0, draft.evidence.length - EVIDENCE_MAX) + Math.max(0, plan.facts.length - FACTS_MAX);
  return [
    ...row("WHY", authorOf(draft)),
    ...because,
    ...plan.facts.slice(0, FACTS_MAX).map((fact) => factLine(fact, now)),
    ...evidence,
    ...(more > 0 ? [`  ${more} more:  e`] : []),
  ];
}

function authorOf({ by, author }: Drafted): string {
  if (by === "signature") return `signature "${author}"; no model needed`;
  return by === "person" ? `${author}, a person, asked for it` : `the model ${author}`;
}

function factLine({ name, value, source, readAt }: Fact, now: number): string {
  return sided(`${name}: ${value}`, `${source}, read ${span(now - readAt)} ago`);
}

function signatureSays({ signature }: Signed): string {
  switch (signature) {
    case "verified":
      return "signed by policy, checked here";
    case "forged":
      return "NOT SIGNED BY POLICY";
    case "no-key":
      return "signature not checked: no policy-open.pub among the public keys here";
  }
}

/** What became of the model where it was not the model that drafted this. */
function beside(incident: Fields): string {
  const name = word(fieldsOf(incident["model"])["name"]);
  if (name === "") return "no model was asked";
  return modelNote(incident) ?? `${name} was asked as well, and its analysis stands beside this one`;
}

const OTHER_WORDS = ["restart", "rollback", "roll back", "scale", "cordon", "delete", "drain"];

function modelLine(draft: Drafted, plan: Plan, { incident, reads }: Beside): string {
  if (draft.by !== "model" && draft.words === "") return beside(incident ?? {});
  const { kind, namespace, name } = plan.target;
  const asked = draft.target;
  const isSame = asked !== null && asked.kind === kind && asked.namespace === namespace && asked.name === name;
  const own = plan.action.replaceAll("_", " ");
  const said = draft.words.toLowerCase();
  const others = OTHER_WORDS.filter((verb) => said.includes(verb));
  const speaksOfIt = others.some((verb) => own.includes(verb.replace(" ", "")));
  const agreement =
    draft.action !== plan.action || !isSame
      ? `DISAGREES: it asked for ${draft.action} of ${asked === null ? "something else" : `${asked.kind} ${asked.name}`}`
      : others.length > 0 && !speaksOfIt
        ? `DISAGREES: its words speak of ${others.join(", ")}`
        : "agrees on action and target";
  return reads === "in full" ? agreement : `${agreement}. Its words, not trusted:  m`;
}

function votesLine({ allowed }: Signed, { votes, me, ended }: Beside): string {
  const { quorum, roles, level } = allowed;
  const yes = votes.filter(({ decision }) => decision === "approve").length;
  const need = `${yes} of ${quorum} (role ${roles.join(" or ")}, level ${level})`;
  if (ended !== undefined) return need;
  if (me === undefined) return `${need}. You: nobody has this token`;
  const enough = me.level >= level && me.roles.some((role) => roles.includes(role));
  return `${need}. You: ${me.name}, level ${me.level}: ${enough ? "enough" : "NOT ENOUGH for this"}`;
}

/** At an elevated tier: what it touches and what undoes it, whole, right above where the person types. */
export function inFull({ allowed, tier }: Signed): readonly string[] {
  const { plan } = allowed;
  const { cluster, namespace, kind, name } = plan.target;
  const { kind: undo, command, because } = plan.backOut;
  return [
    ...row(
      "YOU WOULD CHANGE",
      `the ${plan.scope} ${kind} ${name} in ${namespace ?? cluster} of ${cluster} (${plan.environment}): ${pods(plan)}${plan.reversible ? "" : ", and it cannot be reversed"}`,
    ),
    ...row("", plan.touches),
    ...(plan.pods.length === 0 ? [] : row("PODS", plan.pods.join(", "))),
    // A command is one line, whatever the width: it is to be copied.
    ...(undo === "self_heals"
      ? row("UNDO", `it heals itself: ${because ?? ""}`)
      : ["UNDO", visibleLine(command ?? "not known")]),
    ...row("NOT UNDONE", plan.notUndone.length === 0 ? "nothing that Holdfast knows of" : plan.notUndone.join(", ")),
    ...(tier === "two-people" ? row("", "Two people must approve this, each for themselves.") : []),
  ];
}
