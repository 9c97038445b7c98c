import type { Action, Change } from "@holdfast/actions";
import { secretsIn } from "@holdfast/redact";
import type { Ruling } from "@holdfast/schemas";

const NAMED_MAX = 3;

/**
 * What a plan seals goes into topics, the log and every screen, so it is refused where it holds a secret in plain text.
 * The sentence names the fields and never says what stands in them.
 */
export function secretRuling(
  { byHand }: Action,
  input: Readonly<Record<string, string>>,
  { request, before, after }: Change,
): Ruling | undefined {
  const found = [...sealedSecrets(request.body.toString("utf8")), ...secretsIn(before), ...secretsIn(after)];
  const paths = [...new Set(found)];
  if (paths.length === 0) return undefined;
  const more = paths.length > NAMED_MAX ? ` and ${paths.length - NAMED_MAX} more` : "";
  const command = byHand?.(input);
  return {
    rule: "secret-in-plan",
    reason: `The object holds a secret in plain text (${paths.slice(0, NAMED_MAX).join(", ")}${more}), and a plan would write it into topics, the log and every screen. Move it into a Secret and refer to that (valueFrom.secretKeyRef).${command === undefined ? "" : ` Until then do this by hand: ${command}`}`,
    hard: true,
  };
}

/** Each operation of a JSON patch under its own path, so that it reads like the object. */
function sealedSecrets(body: string): readonly string[] {
  const sealed = parsed(body);
  if (!Array.isArray(sealed)) return secretsIn(sealed);
  return sealed.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null || !("path" in each) || !("value" in each)) return secretsIn(each);
    return secretsIn(each.value, String(each.path).slice(1).replaceAll("/", "."));
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
