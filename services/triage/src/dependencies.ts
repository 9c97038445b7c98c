/** What a log line says when a service that it needs does not answer. */
const UNREACHABLE =
  /connection refused|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|ECONNRESET|EAI_AGAIN|no such host|connection reset|could not connect|connection timed out|i\/o timeout|host is unreachable|no route to host/iu;
const HOST =
  /(?<![\w.-])((?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}[a-z][a-z0-9-]{0,62}(?::\d{1,5})?|[a-z][a-z0-9-]{0,62}:\d{2,5}|\d{1,3}(?:\.\d{1,3}){3}:\d{1,5})(?![\w.-])/giu;
const LINE_CHARACTERS_MAX = 1000;
const NAMES_MAX = 8;

/** The first line that says that a dependency cannot be reached. */
export function unreachableLine(text: string): string | undefined {
  return text.split("\n").find((line) => UNREACHABLE.test(line.slice(0, LINE_CHARACTERS_MAX)));
}

/** The addresses named on lines that say that something cannot be reached. */
export function dependenciesIn(text: string): readonly string[] {
  const names = new Set<string>();
  for (const line of text.split("\n")) {
    const start = line.slice(0, LINE_CHARACTERS_MAX);
    if (!UNREACHABLE.test(start)) continue;
    for (const [, name] of start.matchAll(HOST))
      if (name !== undefined && names.size < NAMES_MAX) names.add(name.toLowerCase());
  }
  return [...names];
}
