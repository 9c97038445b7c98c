import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { SERVICES, SETTINGS, type Process, type ServiceName, type Setting } from "@holdfast/service";
import { ROLES } from "@holdfast/wiring/roles";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { HANDED } from "../scripts/hand-out.ts";

// docker-compose.yml, held against what each process declares that it reads, holds and reaches.

type Container = {
  readonly build?: { readonly target: string };
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly profiles?: readonly string[];
  readonly privileged?: boolean;
};
type File = {
  readonly services: Readonly<Record<string, Container>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

const TABLE: Readonly<Record<string, Setting>> = SETTINGS;
const VOLUMES: Readonly<Record<string, readonly string[]>> = HANDED;
const read = (path: string): string => readFileSync(path, "utf8");
const parsed = (text: string): unknown => parse(text, { merge: true });
const file = parsed(read("docker-compose.yml")) as File;

/** Which process of ours a container runs. */
const RUNS: Readonly<Record<string, Process>> = {
  ...Object.fromEntries(SERVICES.map((service) => [service, service])),
  sandbox: "sandbox",
  init: "start",
  topics: "cli",
  holdfast: "cli",
  scenario: "cli",
  token: "cli",
};

/** Each way in which a file of this shape would be wrong, as a sentence. */
function faultsOf({ services, networks, volumes }: File): readonly string[] {
  return Object.entries(services).flatMap(([name, container]) => [
    ...settingsOf(name, container),
    ...secretsOf(name, container, services),
    ...portsOf(name, container),
    ...sealOf(name, container),
    ...(container.networks ?? [])
      .filter((each) => !Object.hasOwn(networks, each))
      .map((each) => `${name}: no network ${each}`),
    ...mountsOf(container)
      .filter(({ from }) => !from.startsWith("./") && !Object.hasOwn(volumes, from))
      .map(({ from }) => `${name}: no volume ${from}`),
  ]);
}

function settingsOf(name: string, { environment = {} }: Container): readonly string[] {
  const process = RUNS[name];
  const ours = Object.keys(environment).filter((each) => /^(HOLDFAST|ANTHROPIC)_/.test(each));
  if (process === undefined) return ours.map((each) => `${name}: reads no setting of ours, and is given ${each}`);
  return ours
    .filter((each) => TABLE[each]?.readBy.includes(process) !== true)
    .map((each) => `${name}: ${TABLE[each] === undefined ? "no such setting" : "does not read"} ${each}`);
}

type Mount = { readonly from: string; readonly to: string; readonly isReadOnly: boolean };

function mountsOf({ volumes = [] }: Container): readonly Mount[] {
  return volumes.map((text) => {
    const [from = "", to = "", mode] = text.split(":");
    return { from, to, isReadOnly: mode === "ro" };
  });
}

const WHOSE: Readonly<Record<string, string>> = { topics: "operator", holdfast: "person", token: "person" };

/** Each container holds the secrets of its own volume, and finds there what it is told to read. */
function secretsOf(name: string, container: Container, services: File["services"]): readonly string[] {
  if (name === "init") return [];
  const mounts = mountsOf(container);
  const whose = WHOSE[name] ?? name;
  const secrets = mounts.filter(({ from }) => from.startsWith("secrets-") || from === "init");
  const foreign = secrets.filter(({ from }) => from !== `secrets-${whose}`).map(({ from }) => `${name}: holds ${from}`);
  const writable = [...secrets, ...mounts.filter(({ from }) => from === "keys" || from.startsWith("./"))]
    .filter(({ isReadOnly }) => !isReadOnly)
    .map(({ from }) => `${name}: may write ${from}`);
  const named = Object.values(container.environment ?? {}).filter((value) => value.startsWith("/run/holdfast/"));
  const missing = named.filter((path) => VOLUMES[whose]?.includes(path.slice("/run/holdfast/".length)) !== true);
  const process = RUNS[name];
  const service = SERVICES.find((each) => each === process);
  return [
    ...foreign,
    ...writable,
    ...missing.map((path) => `${name}: there is no ${path}`),
    ...(service === undefined ? [] : wantingOf(service, container, mounts)),
    ...(services[name]?.environment?.["HOLDFAST_TOKEN"] === undefined ? [] : [`${name}: a token stands in the file`]),
  ];
}

/** A file that a service reads on this cluster has a default in the data folder, where nothing puts it here. */
function wantingOf(service: ServiceName, { environment = {} }: Container, mounts: readonly Mount[]): readonly string[] {
  const files = Object.entries(TABLE).filter(
    ([name, { kind, readBy, default: text }]) =>
      kind === "path" &&
      readBy.includes(service) &&
      (text?.startsWith("$HOLDFAST_DATA/") === true || name.endsWith("_KAFKA_PASSWORD_FILE")),
  );
  const unset = files.filter(([name]) => environment[name] === undefined).map(([name]) => `${service}: lacks ${name}`);
  const unmounted = files
    .flatMap(([name]) => environment[name] ?? [])
    .filter((path) => !mounts.some(({ to }) => path === to || path.startsWith(`${to}/`)))
    .map((path) => `${service}: nothing is mounted at ${path}`);
  return [...unset, ...unmounted];
}

/** What is published is a door that the service has, and is this machine's alone. */
function portsOf(name: string, { ports = [] }: Container): readonly string[] {
  const service = SERVICES.find((each) => each === RUNS[name]);
  const door = service && TABLE[`HOLDFAST_${service.toUpperCase()}_PORT`]?.default;
  return ports.flatMap((text) => {
    const [host, , inside] = text.split(":");
    return [
      ...(host === "127.0.0.1" ? [] : [`${name}: port ${text} is open to others`]),
      ...(service === undefined || inside === door ? [] : [`${name}: has no door at ${inside}`]),
    ];
  });
}

function sealOf(name: string, container: Container): readonly string[] {
  const { read_only: isReadOnly, cap_drop: dropped = [], security_opt: options = [], image = "" } = container;
  const mayNotMore = options.includes("no-new-privileges:true") && container.privileged === undefined;
  return [
    ...(isReadOnly === true ? [] : [`${name}: may write its root`]),
    ...(dropped.includes("ALL") ? [] : [`${name}: keeps capabilities`]),
    ...(mayNotMore ? [] : [`${name}: may gain privileges`]),
    ...(image === "" || /:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/.test(image)
      ? []
      : [`${name}: ${image} is no one version`]),
  ];
}

/** Those that share a network with it. */
function reached(name: string): readonly string[] {
  const mine = file.services[name]?.networks ?? [];
  return Object.entries(file.services)
    .filter(([other, { networks = [] }]) => other !== name && networks.some((each) => mine.includes(each)))
    .map(([other]) => other)
    .toSorted();
}

test("every process has what it reads, and nothing of another's", () => expect(faultsOf(file)).toEqual([]));

describe("the rule can fail", () => {
  const { services } = file;
  const changed = (name: string, change: (container: Container) => Partial<Container>): readonly string[] => {
    const container = services[name] ?? {};
    return faultsOf({ ...file, services: { ...services, [name]: { ...container, ...change(container) } } });
  };
  test.each<readonly [string, string, (container: Container) => Partial<Container>, RegExp]>([
    [
      "a setting that does not exist",
      "policy",
      (is) => ({ environment: { ...is.environment, HOLDFAST_X: "1" } }),
      /no such setting/,
    ],
    [
      "another service's setting",
      "intake",
      (is) => ({ environment: { ...is.environment, HOLDFAST_AUDIT_URL: "x" } }),
      /does not read/,
    ],
    [
      "a key that is another's",
      "intake",
      (is) => ({ volumes: [...(is.volumes ?? []), "secrets-executor:/x:ro"] }),
      /holds secrets-executor/,
    ],
    ["a secret that is not there", "audit", (is) => ({ volumes: is.volumes?.slice(1) ?? [] }), /nothing is mounted/],
    ["a file that it is not told of", "executor", () => ({ environment: {} }), /lacks HOLDFAST_EXECUTOR_KEY_FILE/],
    [
      "secrets that it may write",
      "kafka",
      () => ({ volumes: ["secrets-kafka:/run/holdfast"] }),
      /may write secrets-kafka/,
    ],
    ["a port that is open to others", "approval", () => ({ ports: ["8080:8080:8080"] }), /open to others/],
    ["a wrong port", "approval", () => ({ ports: ["127.0.0.1:8080:8081"] }), /no door at 8081/],
    ["a root that it may write", "triage", () => ({ read_only: false }), /may write its root/],
    ["an image of no one version", "kafka", () => ({ image: "apache/kafka:latest" }), /no one version/],
  ])("%s", (_what, name, change, says) => expect(changed(name, change)).toContainEqual(expect.stringMatching(says)));
});

describe("who reaches whom", () => {
  test("the cluster is reached by those alone who have a credential of it, and by whom it plays Alertmanager to", () => {
    const roles = ["executor", "policy", "triage"];
    expect(reached("sandbox")).toEqual(["alertmanager", ...roles, "intake"].toSorted());
    expect(VOLUMES["intake"]?.some((name) => name.startsWith("sandbox-"))).toBe(false);
  });
  test("every service that has a role on the bus reaches the broker, and so does the operator", () => {
    expect(reached("kafka")).toEqual([...Object.keys(ROLES), "topics"].toSorted());
  });
  test("only what faces people, Alertmanager or a model is on a network that leads out", () => {
    const outward = Object.entries(file.networks).flatMap(([name, network]) =>
      network?.internal === true ? [] : [name],
    );
    expect(outward.toSorted()).toEqual(["doors", "model"]);
    const on = (network: string): readonly string[] =>
      Object.keys(file.services).filter((name) => file.services[name]?.networks?.includes(network) === true);
    expect(on("model")).toEqual(["triage"]);
    expect(
      on("doors")
        .filter((name) => SERVICES.some((service) => service === name))
        .toSorted(),
    ).toEqual(["approval", "audit", "intake"]);
  });
  test("the secrets of all of them are seen before anything runs, by one that has no network", () => {
    const { init } = file.services;
    expect(init?.network_mode).toBe("none");
    const mounted = mountsOf(init ?? {}).map(({ from, to }) => [from, to]);
    for (const volume of Object.keys(VOLUMES)) expect(mounted).toContainEqual([`secrets-${volume}`, `/out/${volume}`]);
    for (const [name, { depends_on: needs = {} }] of Object.entries(file.services))
      if (SERVICES.some((service) => service === name))
        expect([name, needs["topics"]?.condition]).toEqual([name, "service_completed_successfully"]);
  });
});

describe("what is configured twice says the same", () => {
  test.each([
    [
      "deploy/prometheus/prometheus.yml",
      "deploy/prometheus/compose.yml",
      [
        ["127.0.0.1:9093", "alertmanager:9093"],
        ["targets/local.yml", "targets/compose.yml"],
      ],
    ],
    [
      "deploy/alertmanager/alertmanager.yml",
      "deploy/alertmanager/compose.yml",
      [
        ["http://127.0.0.1:8081", "http://intake:8081"],
        ["/etc/alertmanager/holdfast-intake.token", "/run/holdfast/intake.token"],
      ],
    ],
  ] as const)("%s and %s", (one, other, addresses) => {
    const moved = addresses.reduce((text, [from, to]) => text.replaceAll(from, to), read(one));
    expect(parsed(read(other))).toEqual(parsed(moved));
  });
  test("what is mounted from here is there", () => {
    for (const container of Object.values(file.services))
      for (const { from } of mountsOf(container))
        if (from.startsWith("./")) expect([from, existsSync(from)]).toEqual([from, true]);
  });
  test("a volume of secrets is made for whoever is handed some", () => {
    const made = Object.keys(file.volumes).filter((name) => name.startsWith("secrets-"));
    expect(made.toSorted()).toEqual(
      Object.keys(VOLUMES)
        .map((name) => `secrets-${name}`)
        .toSorted(),
    );
    const folders = /for of in ([a-z ]+);/.exec(read("Dockerfile"))?.[1]?.split(" ") ?? [];
    expect(folders.toSorted()).toEqual(["keys", ...Object.keys(VOLUMES)].toSorted());
  });
});

const client = spawnSync("docker", ["compose", "version"], { encoding: "utf8" });
const hasCompose = client.status === 0;
if (!hasCompose)
  console.warn(
    `\n${"!".repeat(100)}\nSKIPPED. docker compose is not on this machine, so it did not read docker-compose.yml.\n${"!".repeat(100)}\n`,
  );
else
  test("docker compose takes the file", () => {
    const { status, stderr } = spawnSync("docker", ["compose", "--profile", "tools", "config", "--quiet"], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  });
