import { EXECUTOR } from "./mutations/executor.ts";
import { POLICY } from "./mutations/policy.ts";
import { RECORD } from "./mutations/record.ts";
import { DOORS } from "./mutations/doors.ts";
import { RIGHTS } from "./mutations/rights.ts";
import { VOTES } from "./mutations/votes.ts";
import { KAFKA } from "./mutations/kafka.ts";
import { LETTERS } from "./mutations/letters.ts";
import { NOTICES } from "./mutations/notices.ts";
import type { Mutation } from "./mutations/mutation.ts";

/** Changes a name that nothing else knows: no test may notice. */
export const NOTHING: Mutation = {
  removes: "nothing at all",
  file: "services/executor/src/judge.ts",
  find: "const distinct = new Set(people.map(personKey)).size;",
  replace: "const distinct = new Set([...people].map(personKey)).size;",
  killedBy: {
    file: "services/executor/src/judge.test.ts",
    test: "every vote is held against the executor's own table of people > one person twice is refused, not counted twice",
  },
};

export const MUTATIONS: readonly Mutation[] = [
  ...EXECUTOR,
  ...POLICY,
  ...VOTES,
  ...DOORS,
  ...RECORD,
  ...LETTERS,
  ...KAFKA,
  ...RIGHTS,
  ...NOTICES,
  NOTHING,
];
