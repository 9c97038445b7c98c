import { recordOf, type Alert } from "@holdfast/schemas";
import type { Case } from "../analyst.ts";
import type { Redactor } from "@holdfast/redact";
import { asData } from "./border.ts";
import type { EvidenceBook } from "./evidence-book.ts";

const ALERTS_MAX = 10;
const TEXT_CHARACTERS_MAX = 500;

/** The case as the model sees it: JSON, each thing that was read under its id. None of it stands outside a tool's result. */
export function caseData(
  { incident, alerts, target, facts, findings }: Case,
  redactor: Redactor,
  book: EvidenceBook,
): string {
  const found = findings.map(({ signature, says, confidence, remedy, evidence }) => ({
    signature,
    says,
    confidence,
    suggests: remedy === undefined ? null : { action: remedy.action, arguments: recordOf(remedy.arguments) },
    evidence: evidence.map((quote) => ({
      evidence: book.add({ ...quote, says: redactor.text(quote.says), query: redactor.text(quote.query) }),
      source: quote.source,
      readAt: new Date(quote.readAt).toISOString(),
      says: quote.says,
    })),
  }));
  const about = {
    incident: incident.id,
    opened: new Date(incident.openedAt).toISOString(),
    target: target ?? `none: ${incident.because}`,
    alerts: alerts.slice(0, ALERTS_MAX).map((alert) => alertData(alert, book, redactor)),
    signaturesFound: found,
    couldNotRead: facts?.gaps.map(({ query, why }) => `${query}: ${why}`) ?? [],
  };
  return asData(redactor.object(about));
}

function alertData(
  { labels, annotations, startsAt, receivedAt, fingerprint }: Alert,
  book: EvidenceBook,
  redactor: Redactor,
): object {
  const short = (entries: Alert["labels"]): object =>
    Object.fromEntries(entries.map(({ name, value }) => [name, value.slice(0, TEXT_CHARACTERS_MAX)]));
  const says = {
    labels: short(labels),
    annotations: short(annotations),
    firingSince: new Date(startsAt).toISOString(),
  };
  const evidence = book.add({
    source: "alertmanager",
    query: redactor.text(`alert ${fingerprint}`),
    readAt: receivedAt,
    says: JSON.stringify(redactor.object(says)),
    outsideWritable: true,
  });
  return { evidence, ...says };
}
