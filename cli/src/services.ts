/** A Holdfast that a command starts for itself, as `npm start` would. */
export type Services = AsyncDisposable & {
  /** The environment in which the command line finds these services. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Waits until all are ready, and gives up with the sentences of those that are not. */
  readonly untilReady: (timeoutMs: number) => Promise<readonly string[]>;
};

export type StartServices = (options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line that a service writes; loud is what asks for attention. */
  readonly onLine: (line: { readonly text: string; readonly isLoud: boolean }) => void;
}) => Promise<Services>;
