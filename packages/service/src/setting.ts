export const SERVICES = ["intake", "triage", "policy", "approval", "executor", "audit"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Whatever reads settings: the services, the sandbox, the command line, and `npm start` itself. */
export type Process = ServiceName | "sandbox" | "cli" | "start";

export type Setting = {
  /** `path` becomes absolute; a `flag` is 1 or 0. */
  readonly kind: "text" | "int" | "port" | "url" | "path" | "flag" | "choice";
  /** `$NAME` stands for the value of another setting. */
  readonly default?: string;
  /** What counts on the sandbox instead of `default`. */
  readonly onSandbox?: string;
  readonly choices?: readonly string[];
  readonly pattern?: RegExp;
  /** What the pattern wants, in words. */
  readonly shape?: string;
  /** Where these settings have these values, this one must be given. */
  readonly requiredWith?: Readonly<Record<string, string>>;
  readonly secret?: true;
  readonly readBy: readonly Process[];
  readonly says: string;
};
