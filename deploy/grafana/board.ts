import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type { Row } from "./panels.ts";
import { denials } from "./rows/denials.ts";
import { funnel } from "./rows/funnel.ts";
import { log } from "./rows/log.ts";
import { money } from "./rows/money.ts";
import { people } from "./rows/people.ts";
import { pipeline } from "./rows/pipeline.ts";
import { well } from "./rows/well.ts";

const ROWS: readonly Row[] = [well, denials, funnel, people, money, pipeline, log];

/** The whole board. `node deploy/grafana/write.ts` writes it to holdfast.json, and a test holds the two equal. */
export function board(): dashboard.Dashboard {
  const empty = new dashboard.DashboardBuilder("Holdfast")
    .uid("holdfast")
    .description(
      "Is it well, what is denied, how far proposals come, who decides, what it costs, and whether the record holds.",
    )
    .tags(["holdfast"])
    .time({ from: "now-12h", to: "now" })
    .refresh("30s")
    .timezone("browser")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(new dashboard.DatasourceVariableBuilder("source").label("Prometheus").type("prometheus"))
    .annotation(
      new dashboard.AnnotationQueryBuilder()
        .name("Alerts of Holdfast itself")
        .datasource({ type: "prometheus", uid: "${source}" })
        .enable(true)
        .iconColor("orange")
        .expr('ALERTS{alertstate="firing", holdfast="self"}'),
    );
  const { panels = [], ...rest } = ROWS.reduce(
    (whole, { title, panels: own }) =>
      own.reduce((row, panel) => row.withPanel(panel), whole.withRow(new dashboard.RowBuilder(title))),
    empty,
  ).build();
  return { ...rest, panels: panels.map((panel, at) => ({ ...panel, id: at + 1 })) };
}

export function boardJson(): string {
  return `${JSON.stringify(board(), undefined, 2)}\n`;
}
