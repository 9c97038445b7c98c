import type { KubeObject } from "./objects.ts";
import type { Answer } from "./port.ts";

/** How every sentence about a failed precondition begins: the plan no longer fits, so plan again and never retry blindly. */
const MOVED = "The object is no longer as it was planned";
const TEST_FAILED = "the server rejected our request due to an error in our request";

/** Of a field that it does not know the server first quotes the whole object, secrets in it included, and then says which field. */
const QUOTED_OBJECT = /"\{(?:[^"\\]|\\.){200,}"/g;

const PART_MAX = 300;

type Status = { readonly reason: string; readonly message: string; readonly causes: string };

export type Reply = { readonly status: number; readonly text: string };

/** The API server's answer to a write, in the words of the port. */
export function answerOf({ status, text }: Reply): Answer {
  if (status >= 200 && status < 300)
    return { status, says: `The API server accepted it (${status}).`, object: objectOf(text) };
  return { status, says: sentence({ status, text }), object: undefined };
}

/** True where the object moved since it was planned: a failed `test`, another uid, or a conflict. */
export function preconditionFailed(answer: Answer): boolean {
  return (answer.status === 409 || answer.status === 422) && answer.says.startsWith(MOVED);
}

/** What the API server said, for people. Only its Status is read: headers and whole bodies have no place in a log. */
export function sentence({ status, text }: Reply): string {
  const { reason, message, causes } = statusOf(text);
  if (isPrecondition(status, message, causes))
    return `${MOVED} (${status}${reason && ` ${reason}`}): ${moved(message)}.`;
  const said = message || `it sent no reason${text.trim() ? ", and its answer was not a Kubernetes Status" : ""}`;
  return `The API server answered ${status}${reason && ` ${reason}`}: ${said}.`;
}

function moved(message: string): string {
  return message.includes(TEST_FAILED) ? "a value that was tested before the change has moved" : message;
}

function isPrecondition(status: number, message: string, causes: string): boolean {
  if (status === 409) return true;
  if (status !== 422) return false;
  return message.includes(TEST_FAILED) || (causes.includes("metadata.uid") && message.includes("field is immutable"));
}

function statusOf(text: string): Status {
  const body = parsed(text);
  return {
    reason: textIn(body, "reason"),
    message: shortened(textIn(body, "message").replace(/\.+$/, "").replaceAll(QUOTED_OBJECT, "what it would become")),
    causes: JSON.stringify(member(body, "details") ?? ""),
  };
}

/** Which field it is stands at the beginning, what is wrong with it at the end. */
function shortened(message: string): string {
  return message.length <= 2 * PART_MAX ? message : `${message.slice(0, PART_MAX)} … ${message.slice(-PART_MAX)}`;
}

/** An object of the API, or undefined where the text is none. */
export function objectOf(text: string): KubeObject | undefined {
  const body = parsed(text);
  return isObject(body) ? body : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

export function textIn(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" ? found : "";
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
