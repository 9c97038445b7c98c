import { note, warn, well, type Check, type Finding } from "../check.ts";
import { get, type Site } from "../site.ts";

/** Whether what Holdfast reads of the world can be read from here. */
export const check: Check = {
  name: "telemetry",
  rank: 100,
  run: async ({ world }) => {
    const { HOLDFAST_PROMETHEUS_URL: prometheus, HOLDFAST_ALERTMANAGER_URL: alertmanager } = world.settings;
    return Promise.all([
      reached(world, "Prometheus", prometheus, "HOLDFAST_PROMETHEUS_URL", "what users feel reads: not known"),
      reached(
        world,
        "Alertmanager",
        alertmanager,
        "HOLDFAST_ALERTMANAGER_URL",
        "silences and missed alerts are not seen",
      ),
    ]);
  },
};

async function reached(
  world: Site["world"],
  name: string,
  url: string | undefined,
  setting: string,
  without: string,
): Promise<Finding> {
  if (url === undefined) return note(`no ${name} is set: ${without}`, `Set ${setting}.`);
  const answer = await get(world, `${url}/-/ready`);
  if (answer?.ok === true) return well(`${name} is ready at ${new URL(url).origin}`);
  const how = answer === undefined ? "does not answer" : `answers ${answer.status}`;
  return warn(
    `${name} ${how} at ${new URL(url).origin}, and ${without}`,
    `Is ${setting} right, and may this machine reach it?`,
  );
}
