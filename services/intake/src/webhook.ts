import type { Alert } from "@holdfast/schemas";
import { z } from "zod";
import { alertOf, sentAlert, sentenceOfIssue } from "./alert.ts";
import { refused, type Refusal } from "./refusal.ts";

export const ALERTS_MAX = 2000;
const INT_MAX = 2 ** 31 - 1;

/** Alertmanager's webhook body, version 4: strict on what is used, blind to what is not. */
const notification = z.object({
  version: z.literal("4", "must be 4"),
  receiver: z.string(),
  groupKey: z.string().default(""),
  externalURL: z.string().default(""),
  truncatedAlerts: z.int().min(0).max(INT_MAX).default(0),
  alerts: z.array(z.unknown()).min(1, "must not be empty"),
});

const alert = sentAlert.extend({ status: z.enum(["firing", "resolved"]) });

export type Notification =
  | { readonly outcome: "alerts"; readonly alerts: readonly Alert[]; readonly truncated: number }
  | Refusal;

export function parseNotification(body: unknown, receivedAt: number): Notification {
  const outer = notification.safeParse(body);
  if (!outer.success) return refused(400, "malformed", sentenceOfIssue(outer.error, "The body"));
  const { receiver, groupKey, externalURL: externalUrl, truncatedAlerts } = outer.data;
  // Counted before they are parsed: the price of a body is bounded.
  if (outer.data.alerts.length > ALERTS_MAX)
    return refused(
      413,
      "too_large",
      `The body has ${outer.data.alerts.length} alerts, more than ${ALERTS_MAX}. Lower max_alerts of the receiver.`,
    );
  const inner = z.object({ alerts: z.array(alert) }).safeParse({ alerts: outer.data.alerts });
  if (!inner.success) return refused(400, "malformed", sentenceOfIssue(inner.error, "The body"));
  const arrival = { via: "webhook", receiver, externalUrl, groupKey, truncatedAlerts, receivedAt } as const;
  return {
    outcome: "alerts",
    alerts: inner.data.alerts.map((sent) => alertOf(sent, sent.status, arrival)),
    truncated: truncatedAlerts,
  };
}
