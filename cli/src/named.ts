import { approval, call, detailOf, tokenOf, type Answer } from "./door.ts";
import { EXIT, Stopped } from "./exit.ts";
import { word } from "./fields.ts";
import type { World } from "./world.ts";

/** What a person means by a name: a proposal, or else the incident. */
export type Named = { readonly kind: "proposal" | "incident"; readonly answer: Answer };

/** By id, by the beginning of one, or by a proposal's short code. @throws Stopped where nothing, or more than one, has the name. */
export async function findNamed(world: World, name: string): Promise<Named> {
  const proposal = await answerOf(world, "proposals", name);
  if (proposal !== undefined) return { kind: "proposal", answer: proposal };
  const incident = await answerOf(world, "incidents", name);
  if (incident !== undefined) return { kind: "incident", answer: incident };
  throw new Stopped(
    EXIT.refused,
    `Neither a proposal nor an incident is called ${word(name)}. \`holdfast proposals\` and \`holdfast incidents\` list those that there are.`,
  );
}

/** @returns undefined where there is none. */
export async function answerOf(
  world: World,
  list: "proposals" | "incidents",
  name: string,
): Promise<Answer | undefined> {
  const url = approval(world, `/v1/${list}/${encodeURIComponent(name)}`);
  const answer = await call(world, "approval", url, { token: tokenOf(world) });
  if (answer.status === 404) return undefined;
  if (answer.status >= 400) throw new Stopped(answer.status === 400 ? EXIT.usage : EXIT.refused, detailOf(answer));
  return answer;
}
