import { join } from "node:path";
import { startChild } from "./child.ts";
import { folderOnDisk } from "./folder.ts";
import { atOnce, post, type Load } from "./load.ts";
import { alertAbout, notification } from "./notification.ts";
import { packageVersion, type Bench } from "./report.ts";
import { median, rounded, spread, type Spread } from "./spread.ts";
import { startServices } from "./whole.ts";

const CONNECTIONS = [1, 16, 64];
const WARM_UP = 300;
const SIZES = { small: { rounds: 1, msMax: 500 }, full: { rounds: 5, msMax: 4_000 } } as const;
const REQUESTS_MAX = 60_000;

type Run = {
  readonly connections: number;
  readonly who: string;
  readonly perSecond: number;
  readonly ms: Spread;
  readonly accepted: number;
};

export const bench: Bench = {
  says: "Accepted webhooks per second: intake, and a bare express handler with one durable SQLite insert.",
  run: async (size) => {
    const { rounds, msMax } = SIZES[size];
    using folder = folderOnDisk();
    await using intake = await startServices({ parts: ["intake"] });
    await using peer = await startChild<{ port: number }>("peer.ts", { file: join(folder.path, "peer.sqlite") });
    const servers = [
      { who: "express, nothing kept", port: peer.ready.port, path: "/forgotten", token: undefined },
      { who: "express + SQLite", port: peer.ready.port, path: "/", token: undefined },
      {
        who: "intake",
        port: intake.holdfast.settings.HOLDFAST_INTAKE_PORT,
        path: "/v1/alertmanager",
        token: intake.secret("intake.token"),
      },
    ];
    let index = 0;
    const next =
      ({ path, port, token }: (typeof servers)[number]) =>
      (): Buffer => {
        index += 1;
        return post(
          path,
          port,
          notification([alertAbout(index, { namespace: "payments", pod: `api-${index}` })]),
          token,
        );
      };
    for (const server of servers) await atOnce(server.port, 16, next(server), { requestsMax: WARM_UP, msMax });
    const runs: Run[] = [];
    for (const connections of CONNECTIONS)
      for (let round = 0; round < rounds; round += 1)
        for (const server of servers)
          runs.push({
            connections,
            who: server.who,
            ...found(await atOnce(server.port, connections, next(server), { requestsMax: REQUESTS_MAX, msMax })),
          });
    return {
      measured: [
        `One alert a body (${notification([alertAbout(1, { namespace: "payments", pod: "api-1" })]).length} bytes), kept connections, closed loop, client and server on the same cores; median of ${rounds} rounds of ${msMax / 1000} s, in turns.`,
        "Intake and express + SQLite answer 202 only when the alert is on the disk (WAL, synchronous=FULL). Intake is the real process: token, limits, validation of every field, Avro, group commit.",
        `The peer is express ${packageVersion("express")} with express.json() and one INSERT a request; or none, which is what a handler without durability could do with this client.`,
      ],
      columns: ["connections", "who", "accepted/s", "p50 ms", "p99 ms", "max ms"],
      rows: CONNECTIONS.flatMap((connections) => servers.map(({ who }) => row(connections, who, runs))),
      raw: runs,
    };
  },
};

function found({ answers, seconds }: Load): Pick<Run, "perSecond" | "ms" | "accepted"> {
  const refused = answers.find(({ status }) => status !== 202);
  if (refused !== undefined)
    throw new Error(`a webhook was answered ${refused.status}: what is not accepted is not measured`);
  return {
    accepted: answers.length,
    perSecond: rounded(answers.length / seconds),
    ms: spread(answers.map(({ ms }) => ms)),
  };
}

function row(connections: number, who: string, runs: readonly Run[]): readonly (string | number)[] {
  const own = runs.filter((run) => run.connections === connections && run.who === who);
  const middle = (of: (run: Run) => number): number => rounded(median(own.map(of)));
  return [
    connections,
    who,
    Math.round(middle(({ perSecond }) => perSecond)),
    middle(({ ms }) => ms.p50),
    middle(({ ms }) => ms.p99),
    middle(({ ms }) => ms.max),
  ];
}
