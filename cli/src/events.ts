import { shortCode } from "@holdfast/schemas";
import { fieldsOf, listOf, word, type Fields } from "./fields.ts";

const SAYS_MAX = 400;

/** One recorded event in one line: where it stands in the log, when, and what it says. */
export function eventLine(event: Fields): string {
  const { index, recordedAt, topic } = event;
  const time = typeof recordedAt === "number" ? new Date(recordedAt).toISOString().slice(11, 19) : "";
  return `${word(index).padStart(6)}  ${time}  ${word(topic).padEnd(18)} ${says(event).slice(0, SAYS_MAX)}`;
}

function says({ topic, event, why }: Fields): string {
  const body = fieldsOf(event);
  const plan = fieldsOf(body["plan"]);
  switch (topic) {
    case "alerts":
      return `${word(body["status"])} ${word(listOf(body["labels"]).find(({ name }) => name === "alertname")?.["value"])}`;
    case "incidents":
      return `${word(body["change"])}: ${word(body["because"])}`;
    case "analyses":
      return word(body["summary"]);
    case "proposals.drafted":
      return `${word(body["action"])} ${targetIn(body)}: ${word(body["because"])}`;
    case "proposals.allowed":
      return `${word(plan["action"])} ${targetIn(plan)}, tier ${word(body["tier"]).replace("_", "-")}`;
    case "proposals.denied":
      return `${word(body["action"])} ${targetIn(body)}: ${listOf(body["rulings"])
        .map(({ rule }) => word(rule))
        .join(", ")}`;
    case "approvals":
      return approvalSays(body);
    case "proposals.approved":
      return approvedSays(body);
    case "proposals.rejected":
      return `by ${word(body["by"])}: ${word(body["because"])}`;
    case "executions":
      return `${word(body["state"])}: ${word(body["because"])}`;
    case "dead-letters":
      return word(why) || letterSays(body);
    default:
      return word(why);
  }
}

function letterSays({
  kind,
  topic,
  partition,
  offset,
  group,
  errorClass,
  error,
  person,
  reason,
  letter,
}: Fields): string {
  const place = `${word(topic)}/${word(partition)}/${word(offset)}`;
  if (kind === "parked" || kind === undefined)
    return `${word(group)} parked ${place}, ${word(errorClass)}: ${word(error)}`;
  return `${word(kind)} of ${word(letter).slice(0, 8)} (${place}) by ${whoOf(fieldsOf(person))}: ${word(reason)}`;
}

function approvalSays(body: Fields): string {
  const vote = fieldsOf(body["vote"]);
  const person = fieldsOf(vote["person"]);
  const closing = fieldsOf(body["closing"]);
  if (body["kind"] === "request") return requestSays(fieldsOf(body["request"]));
  if (body["kind"] !== "vote") return `${word(body["kind"])} ${word(closing["closing"])}: ${word(closing["because"])}`;
  const reason = word(vote["reason"]);
  return `${whoOf(person)}: ${word(vote["decision"])}${reason === "" ? "" : `, ${reason}`}`;
}

function requestSays({ wants, person, reason }: Fields): string {
  const asks = wants === "back_out" ? "asks to undo it" : "asks to plan it anew";
  return `${whoOf(fieldsOf(person))} ${asks}${word(reason) === "" ? "" : `: ${word(reason)}`}`;
}

function whoOf({ name, subject, level }: Fields): string {
  return `${word(name)} (${word(subject)}, level ${word(level)})`;
}

function approvedSays(body: Fields): string {
  const count = listOf(body["votes"]).length;
  return `${shortCode(word(body["digest"]))} by ${count} ${count === 1 ? "vote" : "votes"}`;
}

/** `namespace/name`, or the name alone. */
export function targetIn(body: Fields): string {
  const { namespace, name } = fieldsOf(body["target"]);
  return `${typeof namespace === "string" ? `${word(namespace)}/` : ""}${word(name, "(no target)")}`;
}

/** The command that undoes what was done, as the executor recorded it. */
export function undoOf(events: readonly Fields[]): string | undefined {
  const commands = events.flatMap(({ topic, event }) => {
    const { state, backOut } = fieldsOf(event);
    const command = word(fieldsOf(backOut)["command"]);
    return topic === "executions" && state !== "started" && command !== "" ? [command] : [];
  });
  return commands.at(-1);
}
