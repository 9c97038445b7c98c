import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureCredentials, openSandbox } from "./index.ts";

const data = process.env["HOLDFAST_DATA"] ?? "./data";
const host = process.env["HOLDFAST_SANDBOX_HOST"] ?? "127.0.0.1";
const port = Number(process.env["HOLDFAST_SANDBOX_PORT"] ?? "8090");
const tokenFile = process.env["HOLDFAST_INTAKE_TOKEN_FILE"] ?? join(data, "secrets", "intake.token");
const token = process.env["HOLDFAST_INTAKE_TOKEN"];
const intakeUrl = process.env["HOLDFAST_INTAKE_URL"] ?? "http://127.0.0.1:8081";

if (Number.isInteger(port) && port >= 0 && port <= 65_535) await run();
else
  fail(
    `HOLDFAST_SANDBOX_PORT is "${process.env["HOLDFAST_SANDBOX_PORT"] ?? ""}", which is no port. Set it to a number up to 65535.`,
  );

async function run(): Promise<void> {
  const { tokens } = ensureCredentials(data, `http://${host}:${port}`);
  const file = join(data, "sandbox", "state.json");
  try {
    const sandbox = await openSandbox({
      port,
      host,
      tokens,
      file,
      intake: { url: intakeUrl, token: () => token ?? readToken() },
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
  } catch (cause) {
    const taken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    if (!taken) throw cause;
    fail(
      `The sandbox cannot listen on ${host}:${port}: the port is in use. Stop what uses it, or set HOLDFAST_SANDBOX_PORT to another one.`,
    );
  }
}

/** Intake makes its token at its first start, which may come after ours. */
function readToken(): string | undefined {
  try {
    return readFileSync(tokenFile, "utf8").trim();
  } catch {
    return undefined;
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
