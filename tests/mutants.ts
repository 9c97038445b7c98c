import { createVitest, type TestCase, type TestSpecification, type Vitest } from "vitest/node";
import { pathOf } from "./mutate.ts";
import { MUTATIONS } from "./mutations.ts";
import type { Mutation } from "./mutations/mutation.ts";

/**
 * A process of its own that runs one share of the mutations: `tests/mutants.ts SHARE SHARES`. The server that transforms
 * the code stays open, so that each mutation costs one file and its tests; every run has a fresh worker.
 */

/** What became of a test: `errors` are the names of what was thrown. */
export type Ran = { readonly state: string; readonly errors: readonly string[]; readonly says: string };

/** What one share reports for each mutation: the killing test on the mutant, then without any mutation. */
export type Report = { readonly removes: string; readonly mutant: Ran; readonly without: Ran };

const NOT_THERE: Ran = { state: "not there", errors: [], says: "" };

if (process.send !== undefined) {
  const [share, shares] = process.argv.slice(2).map(Number);
  await runShare(MUTATIONS.filter((_, at) => at % (shares ?? 1) === share));
  process.disconnect();
}

async function runShare(mutations: readonly Mutation[]): Promise<void> {
  const vitest = await createVitest("test", {
    watch: false,
    run: true,
    maxWorkers: 1,
    fsModuleCache: false,
    reporters: [{}],
  });
  const mutants: Ran[] = [];
  for (const mutation of mutations) {
    process.env["MUTATION"] = mutation.removes;
    vitest.invalidateFile(pathOf(mutation.file));
    mutants.push((await run(vitest, [mutation]))[0] ?? NOT_THERE);
    delete process.env["MUTATION"];
    vitest.invalidateFile(pathOf(mutation.file));
  }
  const without = await run(vitest, mutations);
  for (const [at, { removes }] of mutations.entries()) {
    const report: Report = { removes, mutant: mutants[at] ?? NOT_THERE, without: without[at] ?? NOT_THERE };
    process.send?.(report);
  }
  await vitest.close();
}

/** The killing test of each, as it ran just now. */
async function run(vitest: Vitest, mutations: readonly Mutation[]): Promise<readonly Ran[]> {
  const files = Map.groupBy(mutations, ({ killedBy }) => killedBy.file);
  const specifications = [...files].map(([file, its]) => specificationOf(vitest, file, its));
  const { testModules } = await vitest.runTestSpecifications(specifications);
  return mutations.map(({ killedBy }) => {
    const module = testModules.find(({ moduleId }) => moduleId === pathOf(killedBy.file));
    const tests = [...(module?.children.allTests() ?? [])].filter(({ fullName }) => fullName === killedBy.test);
    const [test] = tests;
    if (test !== undefined && tests.length === 1) return ranOf(test);
    const errors = module?.errors() ?? [];
    return {
      ...NOT_THERE,
      errors: errors.map(({ name }) => name ?? ""),
      says: errors.map(({ message }) => message).join("; "),
    };
  });
}

function specificationOf(vitest: Vitest, file: string, mutations: readonly Mutation[]): TestSpecification {
  const testNames = [...new Set(mutations.map(({ killedBy }) => killedBy.test))];
  return vitest.getRootProject().createSpecification(pathOf(file), { testNames });
}

function ranOf(test: TestCase): Ran {
  const { state, errors = [] } = test.result();
  return { state, errors: errors.map(({ name }) => name ?? ""), says: errors.map(({ message }) => message).join("; ") };
}
