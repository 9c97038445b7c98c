import { visibleLine } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { call, detailOf, need, type Answer } from "../door.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import { listOf, word, type Fields } from "../fields.ts";
import type { World } from "../world.ts";

const USAGE = "sandbox list|break SCENARIO|heal|status [--json]";

export const command: Command = {
  usage: USAGE,
  says: "breaks and heals the simulated cluster",
  run: async (args, world) => {
    const { values, names } = given(USAGE, args, { json: { type: "boolean" } }, { least: 1, most: 2 });
    if (world.settings.HOLDFAST_CLUSTER !== "sandbox")
      throw new Stopped(EXIT.usage, "HOLDFAST_CLUSTER names a real cluster, and nothing here breaks one.");
    const [verb, scenario] = names;
    const isJson = values.json === true;
    if (verb === "break" && scenario !== undefined) return breakDown(world, scenario, isJson);
    if (scenario !== undefined) throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    switch (verb ?? "") {
      case "list":
        return told(world, await need(world, "the sandbox", at(world, "scenarios")), isJson, scenarios);
      case "heal":
        return told(world, await need(world, "the sandbox", at(world, "heal"), { method: "POST" }), isJson, () => [
          "The simulated cluster heals.",
        ]);
      case "status":
        return told(world, await need(world, "the sandbox", at(world, "status")), isJson, ({ json }) => status(json));
      default:
        throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
    }
  },
};

/** Done once intake has taken the alert. */
async function breakDown(world: World, scenario: string, isJson: boolean): Promise<ExitCode> {
  const answer = await call(world, "the sandbox", at(world, "break"), { method: "POST", body: { scenario } });
  if (answer.status >= 400) throw new Stopped(EXIT.refused, detailOf(answer));
  return told(world, answer, isJson, () => [
    `${visibleLine(scenario)} is broken, and its alert was taken. Now: holdfast review`,
  ]);
}

function at(world: World, path: string): string {
  return `${world.settings.HOLDFAST_SANDBOX_URL}/sandbox/${path}`;
}

function told(world: World, answer: Answer, isJson: boolean, lines: (answer: Answer) => readonly string[]): ExitCode {
  if (isJson) world.say(answer.text);
  else for (const line of lines(answer)) world.say(line);
  return EXIT.done;
}

function scenarios({ text }: Answer): readonly string[] {
  return listOf(JSON.parse(text)).map(({ name, says }) => `${word(name).padEnd(22)} ${word(says)}`);
}

function status({ healthy, broken, namespaces, nodes, alerts }: Fields): readonly string[] {
  const names = Array.isArray(broken) ? broken.map((name) => word(name)) : [];
  const deployments = listOf(namespaces).flatMap((namespace) =>
    listOf(namespace["deployments"]).map(
      ({ name, image, ready, replicas }) =>
        `  ${word(namespace["name"])}/${word(name)}  ${word(image)}  ${word(ready)} of ${word(replicas)} ready`,
    ),
  );
  return [
    healthy === true ? "SANDBOX healthy" : `SANDBOX broken: ${names.join(", ") || "by nothing that was asked for"}`,
    ...deployments,
    ...listOf(nodes).map(
      ({ name, ready, schedulable }) =>
        `  node ${word(name)}  ${ready === true ? "ready" : "NOT READY"}${schedulable === true ? "" : ", cordoned"}`,
    ),
    `  ${listOf(alerts).length} alerts fire`,
  ];
}
