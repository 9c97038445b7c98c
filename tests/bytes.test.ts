import { createHash } from "node:crypto";
import { decode, digestOf } from "@holdfast/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { onTheBus, type BusRecord } from "./records.ts";
import { portOf, secret, startAll, type Running } from "./running.ts";
import { breakDown, effects, outcome, peace, proposals, proposed, vote } from "./story.ts";

/** One chain of bytes: what policy sealed, what the person looked at and voted on, what the executor sent. */

const TIMEOUT = 120_000;
let running: Running;

beforeAll(async () => void (running = await startAll()), TIMEOUT);
afterAll(async () => running[Symbol.asyncDispose](), TIMEOUT);

const carried: readonly (readonly [scenario: string, action: string])[] = [
  ["bad-rollout", "rollback_deployment"],
  ["stuck-pod", "evict_pod"],
  ["crash-without-release", "restart_deployment"],
];

test.concurrent.for(carried)(
  "%s: what was sent is byte for byte what was sealed and approved",
  { timeout: TIMEOUT },
  async ([scenario, action]) => {
    await breakDown(running, scenario);
    const proposal = await proposed(running, action, (one) => one.action === action && one.state === "open");
    expect((await vote(running, proposal)).status).toBe(201);
    expect((await outcome(running, proposal)).state).toBe("succeeded");

    const [allowed] = onTheBus(running).filter(isAllowed(proposal.id));
    const sealed = allowed?.value ?? Buffer.alloc(0);
    const { plan } = decode("proposals.allowed", sealed);
    expect(proposal.digest).toBe(digestOf(sealed));
    expect(votedOn(proposal.id)).toEqual([digestOf(sealed)]);
    const sent = (await effects(running)).filter(({ path }) => path === plan.request.path);
    expect(sent).toMatchObject([
      {
        method: plan.request.verb,
        contentType: plan.request.contentType,
        body: plan.request.body.toString(),
        user: "system:serviceaccount:holdfast:executor",
      },
    ]);
  },
);

test("nothing else was sent", { timeout: TIMEOUT }, async () => {
  await peace(running);
  expect(await effects(running)).toHaveLength(carried.length);
});

function isAllowed(id: string): (record: BusRecord) => boolean {
  return ({ topic, value }) => topic === "proposals.allowed" && decode("proposals.allowed", value).proposal === id;
}

/** The digest of each vote, and of the signed proposal that the vote itself carries. */
function votedOn(id: string): readonly string[] {
  const votes = onTheBus(running)
    .filter(({ topic }) => topic === "approvals")
    .map(({ value }) => decode("approvals", value))
    .filter(({ proposal }) => proposal === id);
  for (const { digest, allowed } of votes) expect(allowed && digestOf(allowed.payload)).toBe(digest);
  return votes.flatMap(({ digest }) => digest ?? []);
}

test(
  "the door hands out the bytes that the digest is of, so that anybody can check it",
  { timeout: TIMEOUT },
  async () => {
    const allowed = (await proposals(running)).filter(({ digest }) => digest !== undefined);
    expect(allowed.length).toBeGreaterThan(2);
    for (const { id, digest } of allowed) {
      const answer = await fetch(`http://127.0.0.1:${portOf(running, "approval")}/v1/proposals/${id}/bytes`, {
        headers: { authorization: `Bearer ${secret(running, "approver.token")}` },
      });
      expect(
        createHash("sha256")
          .update(Buffer.from(await answer.arrayBuffer()))
          .digest("hex"),
      ).toBe(digest);
    }
  },
);
