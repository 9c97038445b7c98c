import type { Drafted } from "@holdfast/schemas";

const STEP = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Whether a draft names its proposal after itself, by an id that a step makes (UUIDv5). Nobody signs a draft, so an id that
 * means something elsewhere, or that a person's request leads to, is not for a draft to take.
 */
export function isOwnId({ id, proposal }: Pick<Drafted, "id" | "proposal">): boolean {
  return proposal === id && STEP.test(id);
}

/** The same id in a version (UUIDv8) that no draft may take. */
export function kept(id: string): string {
  return `${id.slice(0, 14)}8${id.slice(15)}`;
}
