import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { openBench } from "./bench.ts";
import { actions } from "./contract/actions.ts";
import { patches } from "./contract/patches.ts";
import { reads } from "./contract/reads.ts";
import { reviews } from "./contract/reviews.ts";
import { writes } from "./contract/writes.ts";
import { differences } from "./differences.ts";
import { kubernetesPlace, sandboxPlace, SERVICES, VERSION, type Exchange, type Place } from "./place.ts";

/**
 * Every request that triage, policy and executor make, once, on the simulated API server and on a real one. The real one is
 * right: where they differ, the simulation is mended.
 */

const kube = inject("kube");
const PLACES = [
  { name: "sandbox", open: sandboxPlace },
  ...(kube === null ? [] : [{ name: "kubernetes", open: () => kubernetesPlace(kube) }]),
];
const transcripts = new Map<string, readonly Exchange[]>();

describe.each(PLACES)("on $name", ({ name, open }) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  beforeEach(({ task }) => place.begin(task.name));
  afterAll(async () => {
    transcripts.set(name, place.exchanges);
    await place[Symbol.asyncDispose]();
  });

  const bench = openBench(name, () => place);
  for (const contract of [reads, reviews, patches, writes, actions]) contract(bench);

  test("every request says which service it is from", () => {
    const seen = new Map(place.askedBy().map(({ user, userAgent }) => [`${user} ${userAgent}`, true]));
    for (const who of SERVICES)
      expect([...seen.keys()]).toContain(`system:serviceaccount:holdfast:${who} holdfast-${who}/${VERSION}`);
    const ours = [...seen.keys()].filter((line) => line.startsWith("system:serviceaccount:holdfast:"));
    expect(ours.filter((line) => !line.endsWith(`/${VERSION}`))).toEqual([]);
  });
});

test.skipIf(kube === null)("the sandbox answers as the real API server does", () => {
  const [simulated = [], real = []] = ["sandbox", "kubernetes"].map((name) => transcripts.get(name));
  const found = differences(simulated, real);
  writeFileSync(join(kube?.data ?? "", "differences.txt"), found.map((line) => `${line}\n`).join(""));
  console.info(
    `${simulated.length} requests on the sandbox, ${real.length} on the real API server, ${found.length} differences`,
  );
  expect(real.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});
