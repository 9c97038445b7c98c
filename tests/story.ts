import type { RecordedWrite, SandboxStatus } from "@holdfast/sandbox";
import { ask, read, until, type Answer, type Running } from "./running.ts";

/** The steps of one story, from outside: what breaks, what is proposed, who says yes, what was done. */

export type Shown = {
  readonly id: string;
  readonly incident: string;
  readonly state: string;
  readonly action: string;
  readonly target: { readonly namespace: string | null; readonly kind: string; readonly name: string };
  readonly environment: string;
  readonly tier?: string;
  readonly digest?: string;
  readonly typedText?: string;
  readonly reasons: readonly { readonly rule: string; readonly reason: string }[];
  readonly votes: readonly { readonly person: { readonly subject: string } }[];
  readonly outcome?: { readonly state: string; readonly because: string };
  readonly by?: string;
  readonly backOutOf?: string;
  readonly rejected?: { readonly by: string; readonly because: string };
};

const TERMINAL = ["succeeded", "failed", "refused", "unknown"];

/** Answers once the alerts of the scenario are accepted; a sandbox that is away is asked again. */
export async function breakDown(running: Running, scenario: string): Promise<void> {
  await until(`the alert of ${scenario}`, async () => {
    const { status, body } = await ask(running, "sandbox", "/sandbox/break", { scenario });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return true;
  });
}

export async function proposals(running: Running): Promise<readonly Shown[]> {
  const all: Shown[] = [];
  for (let after = ""; ;) {
    const page = await read<{ proposals: Shown[]; next: string | null }>(
      running,
      "approval",
      `/v1/proposals?limit=200${after}`,
    );
    all.push(...page.proposals);
    if (page.next === null) return all;
    after = `&after=${page.next}`;
  }
}

/** The newest proposal that fits. */
export function proposed(running: Running, what: string, fits: (proposal: Shown) => boolean): Promise<Shown> {
  return until(what, async () => (await proposals(running)).find(fits));
}

export function vote(running: Running, { id, digest, tier, typedText }: Shown, token?: string): Promise<Answer> {
  const typed = tier === "one-ack" ? {} : { typed: typedText, reason: "the story asks for it" };
  return ask(running, "approval", "/v1/approvals", { proposalId: id, digest, decision: "approve", ...typed }, token);
}

/** What came of it, once the executor is done with it. */
export function outcome(running: Running, { id }: Pick<Shown, "id">): Promise<Shown> {
  return until(`the outcome of ${id}`, async () => {
    const proposal = await read<Shown>(running, "approval", `/v1/proposals/${id}`);
    return TERMINAL.includes(proposal.state) ? proposal : undefined;
  });
}

/** Nothing is broken, nothing fires, and every incident has closed. */
export async function peace(running: Running): Promise<void> {
  await until("a healthy cluster", async () => ((await status(running)).healthy ? true : undefined));
  await until("the end of every incident", async () => {
    const { incidents } = await read<{ incidents: { id: string; state: string }[] }>(
      running,
      "approval",
      "/v1/incidents?limit=200",
    );
    const open = incidents.filter(({ state }) => state !== "closed");
    if (open.length === 0) return true;
    throw new Error(`open: ${JSON.stringify(open)}; firing: ${JSON.stringify((await status(running)).alerts)}`);
  });
}

export function status(running: Running): Promise<SandboxStatus> {
  return read(running, "sandbox", "/sandbox/status");
}

export function writes(running: Running): Promise<readonly RecordedWrite[]> {
  return read(running, "sandbox", "/sandbox/writes");
}

/** Changes of the cluster itself; a claim changes nothing but Holdfast's own namespace. */
export async function effects(running: Running): Promise<readonly RecordedWrite[]> {
  return (await writes(running)).filter(({ path }) => !path.includes("/namespaces/holdfast/leases"));
}
