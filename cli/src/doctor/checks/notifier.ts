import { approval, tokenOf } from "../../door.ts";
import { listOf, word, type Fields } from "../../fields.ts";
import { clock } from "../../moment.ts";
import { bad, note, warn, well, type Check, type Finding } from "../check.ts";
import { get, jsonIn, type Site } from "../site.ts";

const SEND_MS_MAX = 30_000;

/** Who is told, and, where that is asked for, what came back for a test message. */
export const check: Check = {
  name: "notifier",
  rank: 110,
  run: async (site) => {
    const token = tokenOf(site.world);
    const headers: Readonly<Record<string, string>> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await get(site.world, approval(site.world, "/v1/notifier"), headers);
    if (answer?.ok !== true) return [note("who is told is not known, because approval does not say")];
    const body = jsonIn(answer.text);
    const targets = listOf(body["targets"]);
    if (targets.length === 0)
      return [
        note(
          "nobody is told when a proposal waits",
          "Set HOLDFAST_NOTIFY_SLACK_URL or HOLDFAST_NOTIFY_WEBHOOK_URL for approval, and restart it.",
        ),
      ];
    const told = site.testMessage
      ? await testMessage(site, headers)
      : targets.map((target) => standing(target, site.world.now()));
    return [...told, ...linksOf(word(body["links"]))];
  },
};

function standing({ name, waiting, failure, failingSince, lastSentAt }: Fields, now: number): Finding {
  if (typeof failure === "string")
    return warn(
      `${word(name)} fails since ${clock(Date.parse(word(failingSince)), now)}: ${word(failure)}; ${word(waiting)} waiting`,
      "`holdfast doctor --test-message` tries it now.",
    );
  const at = Date.parse(word(lastSentAt));
  const last = Number.isNaN(at) ? "nothing sent since its start" : `last told ${clock(at, now)}`;
  return well(`${word(name)}: ${last}`);
}

/** A phone that is told must be able to open what it is told of. */
function linksOf(door: string): readonly Finding[] {
  const { hostname } = URL.parse(door) ?? { hostname: "" };
  if (!/^(127\.|localhost$|\[::1\]$)/.test(hostname)) return [];
  return [
    note(
      `their links lead to ${door}, which opens on one machine alone`,
      "Set HOLDFAST_APPROVAL_PUBLIC_URL for approval.",
    ),
  ];
}

async function testMessage({ world }: Site, headers: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([world.signal, AbortSignal.timeout(SEND_MS_MAX)]);
  const answer = await world.fetch(approval(world, "/v1/notifier/test"), {
    method: "POST",
    headers,
    signal,
    redirect: "manual",
  });
  const body = jsonIn(await answer.text());
  if (!answer.ok) return [bad(`no test message was sent: ${word(body["detail"])}`, "Mend that, and try again.")];
  return listOf(body["targets"]).map(({ name, outcome, says }) =>
    outcome === "sent"
      ? well(`${word(name)} took a test message: ${word(says)}`)
      : bad(`${word(name)} did not take a test message: ${word(says)}`, FIX),
  );
}

const FIX = "Compare its address and token with what the receiver shows; approval must be able to reach it.";
