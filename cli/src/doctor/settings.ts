import { readSettings, SERVICES, SETTINGS, type Setting } from "@holdfast/service";

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that no process could start with. */
export type Problem = { readonly name: string; readonly says: string };

const TABLE: Readonly<Record<string, Setting>> = SETTINGS;

/** The environment without what no process could read, so that the rest can be examined; and what that is. */
export function readable(env: Environment): { readonly env: Environment; readonly problems: readonly Problem[] } {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith("HOLDFAST_") || Object.hasOwn(TABLE, name))
    .flatMap((name) => problemOf(name, env) ?? []);
  const wrong = new Set(problems.map(({ name }) => name));
  return { env: Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name))), problems };
}

/** What the services would miss to start with this environment. */
export function missing(env: Environment): readonly string[] {
  const says = SERVICES.flatMap((service) => refusalOf(() => readSettings(service, env)) ?? []);
  return [...new Set(says)];
}

function problemOf(name: string, env: Environment): Problem | undefined {
  const [process = "cli"] = TABLE[name]?.readBy ?? [];
  // Alone, so that it is this one which is refused; what it must go together with is another question.
  const alone = { [name]: env[name], ...(process !== "cli" && { HOLDFAST_MODE: "observe" }) };
  const says = refusalOf(() => readSettings(process, name === "HOLDFAST_MODE" ? { [name]: env[name] } : alone));
  return says === undefined ? undefined : { name, says };
}

function refusalOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
