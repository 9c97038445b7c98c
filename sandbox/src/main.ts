import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings, type Settings } from "@holdfast/service";
import { ensureCredentials, openSandbox } from "./index.ts";

try {
  await run(readSettings("sandbox", process.env));
} catch (cause) {
  // The words by which whoever supervises a process knows that it refuses its start.
  const says = cause instanceof Error ? cause.message : String(cause);
  console.error(`holdfast sandbox cannot start. ${says.replaceAll(/\s*\n\s*/g, " ")}`);
  process.exitCode = 1;
}

async function run(settings: Settings<"sandbox">): Promise<void> {
  const { HOLDFAST_DATA: data, HOLDFAST_SANDBOX_HOST: host, HOLDFAST_SANDBOX_PORT: port } = settings;
  const { tokens } = ensureCredentials(data, `http://${host}:${port}`, {
    triage: settings.HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE,
    policy: settings.HOLDFAST_SANDBOX_POLICY_TOKEN_FILE,
    executor: settings.HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE,
  });
  const sandbox = await opened({
    port,
    host,
    tokens,
    file: join(data, "sandbox", "state.json"),
    intake: {
      url: settings.HOLDFAST_INTAKE_URL,
      token: () => settings.HOLDFAST_INTAKE_TOKEN ?? readToken(settings.HOLDFAST_INTAKE_TOKEN_FILE),
    },
  });
  console.log(
    JSON.stringify({ level: "info", msg: "simulated cluster listening, nothing real can change", url: sandbox.url }),
  );
  const stop = (): void => {
    void sandbox[Symbol.asyncDispose]();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  // Whoever supervises this process holds a channel to it: without a supervisor it ends, and the channel alone does not keep it.
  process.once("disconnect", stop);
  process.channel?.unref();
}

type Wanted = NonNullable<Parameters<typeof openSandbox>[0]>;

async function opened(wanted: Wanted): ReturnType<typeof openSandbox> {
  try {
    return await openSandbox(wanted);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    throw new Error(
      `Port ${wanted.port} on ${wanted.host} is in use. Stop what uses it, or set HOLDFAST_SANDBOX_PORT to another one.`,
      { cause },
    );
  }
}

/** Intake makes its token at its first start, which may come after ours. */
function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
