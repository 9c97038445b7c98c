import { alertId, encode, type Alert } from "@holdfast/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { notification, sent } from "./testing.ts";
import { ALERTS_MAX, parseNotification } from "./webhook.ts";

const NOW = Date.parse("2026-11-22T03:00:00Z");

function alertsOf(body: unknown): readonly Alert[] {
  const parsed = parseNotification(body, NOW);
  if (parsed.outcome === "refused") throw new Error(parsed.says);
  return parsed.alerts;
}

function refusalOf(body: unknown): string {
  const parsed = parseNotification(body, NOW);
  if (parsed.outcome === "alerts") throw new Error("it was taken");
  return `${parsed.status} ${parsed.says}`;
}

const onlyAlert = (over: object): Alert => alertsOf(notification({ alerts: [sent(over)] }))[0] as Alert;
const textsOf = (pairs: Alert["labels"]): Record<string, string> =>
  Object.fromEntries(pairs.map(({ name, value }) => [name, value]));

describe("an alert", () => {
  test("is carried whole, its labels sorted by name", () => {
    expect(alertsOf(notification({ truncatedAlerts: 7 }))).toEqual([
      {
        id: alertId("0123456789abcdef", Date.parse("2026-11-22T02:51:04.123Z"), "firing"),
        fingerprint: "0123456789abcdef",
        status: "firing",
        startsAt: Date.parse("2026-11-22T02:51:04.123Z"),
        endsAt: null,
        labels: [
          { name: "alertname", value: "KubePodCrashLooping" },
          { name: "namespace", value: "shop" },
          { name: "severity", value: "critical" },
        ],
        annotations: [{ name: "summary", value: "Pod is crash looping." }],
        generatorUrl: "http://prometheus.example/graph?g0.expr=up",
        via: "webhook",
        receiver: "holdfast",
        externalUrl: "http://alertmanager.example",
        groupKey: '{}:{alertname="KubePodCrashLooping"}',
        truncatedAlerts: 7,
        receivedAt: NOW,
      },
    ]);
  });

  test("has the same id whether its time came to the nanosecond or to the millisecond, and in any zone", () => {
    const nano = onlyAlert({ startsAt: "2026-11-22T02:51:04.123999999Z" });
    expect(onlyAlert({ startsAt: "2026-11-22T02:51:04.123Z" }).id).toBe(nano.id);
    expect(onlyAlert({ startsAt: "2026-11-22T03:51:04.123+01:00" }).id).toBe(nano.id);
    expect(onlyAlert({ startsAt: "2026-11-22T02:51:04.124Z" }).id).not.toBe(nano.id);
  });

  test("that fires has no end, whatever was guessed; that is resolved has its own", () => {
    expect(onlyAlert({ status: "firing", endsAt: "2026-11-22T03:10:00Z" }).endsAt).toBeNull();
    expect(onlyAlert({ status: "resolved", endsAt: "2026-11-22T03:10:00Z" }).endsAt).toBe(
      Date.parse("2026-11-22T03:10:00Z"),
    );
    expect(onlyAlert({ status: "resolved", endsAt: "0001-01-01T00:00:00Z" }).endsAt).toBeNull();
  });

  test("may carry fields that nobody here knows", () => {
    expect(
      alertsOf({ ...notification({ alerts: [sent({ novelty: { deep: [1] } })] }), notificationReason: "new" }),
    ).toHaveLength(1);
  });

  test("keeps its long texts to the limit, and says that they were cut", () => {
    const { annotations, labels } = onlyAlert({
      annotations: { description: "é".repeat(10_000) },
      labels: { alertname: "x".repeat(5000) },
    });
    for (const [text, most] of [
      [textsOf(annotations)["description"], 4096],
      [textsOf(labels)["alertname"], 1024],
    ] as const) {
      expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(most);
      expect(text).toMatch(/…cut here by Holdfast\]$/);
      expect(text).not.toContain("\ufffd");
    }
  });

  test("B7: carries an address of a script or of a metadata server as text, and as nothing else", () => {
    const address = "javascript:fetch('http://169.254.169.254/latest')";
    expect(onlyAlert({ generatorURL: address }).generatorUrl).toBe(address);
    expect(alertsOf(notification({ externalURL: "http://169.254.169.254/" }))[0]?.externalUrl).toBe(
      "http://169.254.169.254/",
    );
  });

  test("fits its schema, whatever its texts are", () => {
    const texts = fc.dictionary(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" }), {
      maxKeys: 8,
    });
    fc.assert(
      fc.property(texts, texts, fc.string({ unit: "binary" }), (labels, annotations, generatorURL) => {
        const alert = onlyAlert({ labels, annotations, generatorURL });
        expect(encode("alerts", alert).length).toBeGreaterThan(0);
        expect(alert.labels.map(({ name }) => name)).toEqual(
          [...new Set(alert.labels.map(({ name }) => name))].toSorted(),
        );
      }),
    );
  });
});

describe("a body is refused, with the place and without its content,", () => {
  test("when it is no notification of version 4", () => {
    expect(refusalOf("hello")).toMatch(/^400 The body is not as Alertmanager sends it/);
    expect(refusalOf({ ...notification(), version: "3" })).toBe(
      "400 version is not as Alertmanager sends it: must be 4.",
    );
    expect(refusalOf(notification({ alerts: [] }))).toBe(
      "400 alerts is not as Alertmanager sends it: must not be empty.",
    );
    expect(refusalOf(notification({ truncatedAlerts: -1 }))).toMatch(/^400 truncatedAlerts/);
  });

  test("when one alert lacks what its identity rests on", () => {
    expect(refusalOf(notification({ alerts: [sent(), sent({ fingerprint: "<script>" })] }))).toBe(
      "400 alerts[1].fingerprint is not as Alertmanager sends it: must be 16 hex digits.",
    );
    expect(refusalOf(notification({ alerts: [sent({ startsAt: "yesterday" })] }))).toBe(
      "400 alerts[0].startsAt is not as Alertmanager sends it: must be a time as in RFC 3339.",
    );
    expect(refusalOf(notification({ alerts: [sent({ startsAt: "0001-01-01T00:00:00Z" })] }))).toMatch(
      /must not lie before 1970/,
    );
    expect(refusalOf(notification({ alerts: [sent({ status: "suppressed" })] }))).toMatch(/^400 alerts\[0\]\.status/);
    expect(refusalOf(notification({ alerts: [sent({ labels: { pod: 3 } })] }))).toMatch(
      /^400 alerts\[0\]\.labels\.pod/,
    );
  });

  test("when an alert has more names, or longer ones, than any real one", () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`label${at}`, "x"]));
    expect(refusalOf(notification({ alerts: [sent({ labels: many })] }))).toMatch(/at most 100 entries/);
    expect(refusalOf(notification({ alerts: [sent({ annotations: { ["x".repeat(257)]: "x" } })] }))).toMatch(
      /^400 alerts\[0\]\.annotations/,
    );
  });

  test("B4: when it has more alerts than a body may", () => {
    const alerts = Array.from({ length: ALERTS_MAX + 1 }, () => sent());
    expect(refusalOf(notification({ alerts }))).toBe(
      "413 The body has 2001 alerts, more than 2000. Lower max_alerts of the receiver.",
    );
    expect(alertsOf(notification({ alerts: alerts.slice(1) }))).toHaveLength(2000);
  });
});
