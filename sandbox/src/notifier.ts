import type { AlertInstance } from "./alerts.ts";
import { webhookBody } from "./alertmanager.ts";

export type Intake = { readonly url: string; readonly token: () => string | undefined };

/** The alerts of the sandbox, which change between a request and its answer. */
export type AlertBook = {
  readonly read: () => readonly AlertInstance[];
  readonly change: (update: (alerts: readonly AlertInstance[]) => readonly AlertInstance[]) => void;
};

export type Notifier = {
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
  readonly lastFailure: () => string | undefined;
};

const RETRY_MS_FIRST = 200;
const RETRY_MS_MAX = 2_000;
const SEND_MS_MAX = 5_000;

/** Sends what the receiver does not know yet, one group after the other, again and again until it answers 202. */
export function openNotifier(intake: Intake | undefined, book: AlertBook, url: string): Notifier {
  const stopping = new AbortController();
  let failure: string | undefined;
  let retryMs = RETRY_MS_FIRST;
  let notBefore = 0;
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    for (let group = nextGroup(book.read()); group !== undefined; group = nextGroup(book.read())) {
      failure = intake === undefined ? undefined : await send(intake, group, url, stopping.signal);
      if (failure !== undefined) {
        notBefore = performance.now() + retryMs;
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
        return;
      }
      retryMs = RETRY_MS_FIRST;
      const sent = group;
      book.change((alerts) => told(alerts, sent));
    }
  };
  return {
    wake: () => {
      if (running !== undefined || stopping.signal.aborted || performance.now() < notBefore) return;
      running = run().finally(() => {
        running = undefined;
      });
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
    lastFailure: () => failure,
  };
}

/** Alertmanager's default route groups by namespace. What ended before anybody heard of it is not told at all, as there. */
function nextGroup(alerts: readonly AlertInstance[]): AlertInstance[] | undefined {
  const news = alerts.find((alert) => (alert.endsAt === undefined) === (alert.told === "nothing"));
  if (news === undefined) return undefined;
  return alerts.filter(
    (alert) =>
      alert.labels["namespace"] === news.labels["namespace"] &&
      !(alert.endsAt !== undefined && alert.told === "nothing"),
  );
}

function told(alerts: readonly AlertInstance[], sent: readonly AlertInstance[]): AlertInstance[] {
  return alerts.flatMap((alert) => {
    const as = sent.find((one) => one.fingerprint === alert.fingerprint && one.startsAt === alert.startsAt);
    if (as === undefined) return alert.endsAt !== undefined && alert.told === "nothing" ? [] : [alert];
    return as.endsAt === undefined ? [{ ...alert, told: "firing" as const }] : [];
  });
}

async function send(
  intake: Intake,
  group: readonly AlertInstance[],
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const token = intake.token();
  if (token === undefined) return "the token of intake's webhook is not there yet";
  try {
    const answer = await fetch(`${intake.url}/v1/alertmanager`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
        "user-agent": "Alertmanager/0.0-holdfast-sandbox",
      },
      body: JSON.stringify(webhookBody(group, url)),
      signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_MS_MAX)]),
    });
    await answer.arrayBuffer();
    return answer.status === 202 ? undefined : `intake at ${intake.url} answered ${answer.status}`;
  } catch {
    return `intake at ${intake.url} cannot be reached`;
  }
}
