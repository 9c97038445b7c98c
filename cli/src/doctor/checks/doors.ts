import { bad, warn, well, type Check, type Finding } from "../check.ts";
import type { Seen } from "../site.ts";

export const check: Check = {
  name: "doors",
  rank: 10,
  run: ({ services, start }) => {
    const logs = `${start.HOLDFAST_DATA}/logs`;
    const unready = services.flatMap(({ service, unready: says }) =>
      says === undefined
        ? []
        : [warn(`${service} is not ready: ${says}`, `Wait a moment. If it stays, see ${logs}/${service}.log.`)],
    );
    const ready = services.filter((seen) => seen.alive && seen.unready === undefined).length;
    return [
      ...away(
        services.filter(({ alive }) => !alive),
        services.length,
        logs,
      ),
      ...unready,
      ...(ready === 0 ? [] : [well(`${ready} of ${services.length} services alive and ready`)]),
    ];
  },
};

function away(gone: readonly Seen[], all: number, logs: string): readonly Finding[] {
  const [first] = gone;
  if (first === undefined) return [];
  if (gone.length === all)
    return [
      bad(
        `no service answers, ${first.service} not at ${first.url}`,
        'Is Holdfast running? "npm start" starts it. Elsewhere, or on other ports: set those of .env.example here too.',
      ),
    ];
  return gone.map(({ service, url }) =>
    bad(
      `${service} does not answer at ${url}`,
      `${logs}/${service}.log says why it ended; or set HOLDFAST_${service.toUpperCase()}_HOST and _ADMIN_PORT to where it is.`,
    ),
  );
}
