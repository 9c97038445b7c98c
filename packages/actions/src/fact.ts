import type { Fact } from "@holdfast/schemas";

/** What the cluster said, and when it was read. */
export function kubeFact(name: string, value: string, readAt: Date): Fact {
  return { name, value, source: "kube", readAt: readAt.getTime() };
}

export function factNamed(facts: readonly Fact[], name: string): string | undefined {
  return facts.find((fact) => fact.name === name)?.value;
}

/** What an action cannot see is said, so that nobody takes silence for a good sign. */
export function usersNotChecked(now: Date): Fact {
  return { name: "users", value: "not checked", source: "none", readAt: now.getTime() };
}
