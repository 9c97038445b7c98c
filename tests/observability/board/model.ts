import { CONCLUSION } from "../../../services/triage/src/claude/testing.ts";
import {
  openScriptedServer,
  type ScriptedServer,
  type Turn,
} from "../../../services/triage/src/claude/scripted-server.ts";

/** A model that answers each case the same; for a while nobody, or one that reads more than it should. */
export type Model = ScriptedServer & {
  readonly fails: (isDown: boolean) => void;
  readonly readsMuch: () => void;
};

const LITTLE = { input_tokens: 9_000, output_tokens: 900 };
const MUCH = { input_tokens: 80_000, output_tokens: 900 };

export async function openModel(): Promise<Model> {
  let isDown = false;
  let usage = LITTLE;
  const server = await openScriptedServer(({ messages }): Turn => {
    if (isDown) return { status: 529 };
    return messages.length === 1
      ? { says: "I look at what is firing.", calls: [{ name: "list_alerts", input: {} }], usage }
      : { calls: [CONCLUSION], usage };
  });
  return { ...server, fails: (down) => void (isDown = down), readsMuch: () => void (usage = MUCH) };
}
