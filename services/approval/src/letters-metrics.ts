import type { Metrics } from "@holdfast/service";
import { DECISIONS } from "./letter-decision.ts";
import { stateOf } from "./letter-show.ts";
import type { Parked } from "./parked.ts";

/** A letter names its group itself, and a label must not be anybody's to invent. */
const GROUPS = ["triage", "policy", "executor"];

/** What stands in dead-letters, what of it waits for a person, and what people decided. */
export function watchLetters(metrics: Pick<Metrics, "gauge">, { letters }: Parked): void {
  metrics.gauge(
    "holdfast_dead_letters_depth",
    "Dead letters that agree with their record, by what became of them; those that hold wait for a person.",
    ["topic", "group", "state"],
    (gauge) => {
      gauge.reset();
      for (const letter of letters.all()) {
        const group = GROUPS.find((each) => each === letter.group) ?? "other";
        gauge.inc({ topic: letter.topic, group, state: stateOf(letters, letter).replace(" ", "-") });
      }
    },
  );
  metrics.gauge(
    "holdfast_dead_letters_decided",
    "Decisions of people about dead letters: releases, drops and replays.",
    ["decision"],
    (gauge) => {
      const decided = [...letters.all()].flatMap(({ id }) => letters.decisionsOn(id));
      for (const decision of DECISIONS) gauge.set({ decision }, decided.filter(({ kind }) => kind === decision).length);
    },
  );
}
