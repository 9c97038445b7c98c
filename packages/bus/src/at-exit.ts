const steps = new Set<() => void>();
let isListening = false;

/**
 * Runs a step when this process ends by its own hand: by an exception that nobody caught or a call of exit, never by a kill.
 * Only what is synchronous gets done then.
 * @returns the function that forgets the step.
 */
export function atExit(step: () => void): () => void {
  steps.add(step);
  if (!isListening) process.on("exit", () => steps.forEach((each) => each()));
  isListening = true;
  return () => void steps.delete(step);
}
