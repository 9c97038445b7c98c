import { expect, test } from "vitest";
import type { Delivery } from "@holdfast/bus";
import type { Proposal } from "@holdfast/proposals";
import { digestOf, shortCode } from "@holdfast/schemas";
import { findProposal } from "./find.ts";

const value = Buffer.from("what policy signed");
const code = shortCode(digestOf(value));
const shown = proposal("1f48d1c3-3002-5667-8ef0-8482e514b0e0", { value } as Delivery<"proposals.allowed">);

function proposal(id: string, allowed?: Delivery<"proposals.allowed">): Proposal {
  return { id, incident: "an incident", approvals: [], executions: [], ...(allowed && { allowed }) };
}

test("an id that spells the code of another proposal does not take its place", () => {
  for (const name of [code, code.replace("-", "")])
    expect(findProposal([proposal(name), shown], name)).toEqual({ outcome: "ambiguous", ids: [name, shown.id] });
});

test("a whole id is exact, whatever else begins like it", () => {
  const longer = proposal(`${shown.id}0`);
  expect(findProposal([longer, shown], shown.id)).toEqual({ outcome: "found", proposal: shown });
  expect(findProposal([longer, shown], shown.id.slice(0, 8)).outcome).toBe("ambiguous");
});
