import { z } from "zod";
import { defineTool, namespace, objectName } from "../tool.ts";

const LINES_MAX = 200;
/** Read beyond what is shown, so that a key of many lines is seen from its beginning before the text is cut. */
const LINES_BEFORE = 130;
const BYTES_MAX = 256 * 1024;

export const tool = defineTool({
  name: "read_logs",
  says: "Reads the last lines of a container's log. With previous: of the run before its last restart, which is where a crash is explained.",
  input: z.strictObject({
    namespace,
    pod: objectName,
    container: objectName,
    previous: z.boolean().default(false),
    lines: z.int().min(1).max(LINES_MAX).default(60),
  }),
  offered: () => true,
  run: async ({ namespace: where, pod, container, previous, lines }, { reader, now }, signal) => {
    const log = await reader.logs(
      { namespace: where, pod, container, previous, tailLines: lines + LINES_BEFORE, limitBytes: BYTES_MAX },
      signal,
    );
    return {
      source: "logs",
      query: `kubectl -n ${where} logs ${pod} -c ${container}${previous ? " --previous" : ""} --tail=${lines}`,
      readAt: now(),
      result: log === undefined ? "There is no such log." : wholeLines(log),
      outsideWritable: true,
      lastLines: lines,
    };
  },
});

/** A line that was cut could hold the half of a secret, which no rule knows. */
function wholeLines(log: string): string {
  return Buffer.byteLength(log) < BYTES_MAX ? log : log.slice(0, log.lastIndexOf("\n") + 1);
}
