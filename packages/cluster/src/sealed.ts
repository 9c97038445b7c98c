import type { SealedRequest } from "@holdfast/schemas";
import type { Connection, Request } from "./connection.ts";
import type { DryRunner, Sender } from "./port.ts";
import { answerOf, isObject, parsed } from "./status.ts";

/** Sends exactly what was sealed: its verb, its path, its bytes. */
export function openSender({ call }: Pick<Connection, "call">): Sender {
  return { send: async (request, deadlineMs, signal) => answerOf(await call(asSealed(request), deadlineMs, signal)) };
}

export function openDryRunner({ call }: Pick<Connection, "call">, timeoutMs: number): DryRunner {
  return { dryRun: async (request, signal) => answerOf(await call(asDryRun(request), timeoutMs, signal)) };
}

function asSealed({ verb, path, contentType, body }: SealedRequest): Request {
  return { verb, path, contentType, body: textOf(body) };
}

/**
 * The API server reads a deletion's options from its body alone as soon as there is one, and a `dryRun` beside it is
 * ignored: the object is really deleted. Everything else takes it from the query, which admission sees too.
 */
function asDryRun(request: SealedRequest): Request {
  const sealed = asSealed(request);
  if (request.verb === "DELETE")
    return { ...sealed, body: JSON.stringify({ ...optionsOf(request.body), dryRun: ["All"] }) };
  return { ...sealed, path: `${request.path}${request.path.includes("?") ? "&" : "?"}dryRun=All` };
}

function optionsOf(body: Buffer): Readonly<Record<string, unknown>> {
  const options = parsed(textOf(body));
  if (!isObject(options))
    throw new Error(
      "A sealed deletion carries its options as a JSON object; this one does not, so it cannot be tried as a dry run.",
    );
  return options;
}

/** INVARIANT: the text encodes to the same bytes again, so refusing what is not UTF-8 is what keeps the bytes exact. */
function textOf(body: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
}
