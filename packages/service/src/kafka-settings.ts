import { SERVICES, type Process, type ServiceName, type Setting } from "./setting.ts";

/** The settings of the bus on Kafka. Each service has a user of its own on the brokers, and nobody else is told its password. */

const OPERATOR = ["cli", "start"] as const;
const EVERYBODY = [...SERVICES, ...OPERATOR] as const;

function username<S extends ServiceName>(service: S) {
  return {
    kind: "text",
    default: service,
    readBy: [service, ...OPERATOR],
    says: `Kafka's user for ${service}.`,
  } as const satisfies Setting;
}

function password<P extends Process>(whose: string, readBy: readonly P[]) {
  const says = `Password of ${whose} on Kafka (SCRAM-SHA-512); overrides the file.`;
  return { kind: "text", secret: true, readBy, says } as const satisfies Setting;
}

function passwordFile<P extends Process>(readBy: readonly P[]) {
  return { kind: "path", readBy, says: "File with that password." } as const satisfies Setting;
}

export const KAFKA_SETTINGS = {
  HOLDFAST_KAFKA_PREFIX: {
    kind: "text",
    default: "holdfast.",
    pattern: /^[a-zA-Z0-9._-]{1,100}$/,
    shape: "letters, digits, dots, dashes and underscores",
    readBy: EVERYBODY,
    says: "Before the name of every topic and group on Kafka.",
  },
  HOLDFAST_KAFKA_TLS: {
    kind: "flag",
    default: "0",
    readBy: EVERYBODY,
    says: "1 where the brokers speak TLS; needed where they are not on this machine.",
  },
  HOLDFAST_KAFKA_CA: {
    kind: "path",
    readBy: EVERYBODY,
    says: "PEM file of who signed the brokers' certificates, if the system does not trust them.",
  },
  HOLDFAST_KAFKA_PLAINTEXT: {
    kind: "flag",
    default: "0",
    readBy: EVERYBODY,
    says: "1 allows brokers elsewhere without TLS or password: whoever reaches that network can read and write everything.",
  },
  HOLDFAST_KAFKA_REPLICATION: {
    kind: "int",
    default: "3",
    readBy: OPERATOR,
    says: "On how many brokers each record stands; two must have it before it counts. 1 where there is one broker.",
  },
  HOLDFAST_INTAKE_KAFKA_USERNAME: username("intake"),
  HOLDFAST_INTAKE_KAFKA_PASSWORD: password("intake", ["intake"]),
  HOLDFAST_INTAKE_KAFKA_PASSWORD_FILE: passwordFile(["intake"]),
  HOLDFAST_TRIAGE_KAFKA_USERNAME: username("triage"),
  HOLDFAST_TRIAGE_KAFKA_PASSWORD: password("triage", ["triage"]),
  HOLDFAST_TRIAGE_KAFKA_PASSWORD_FILE: passwordFile(["triage"]),
  HOLDFAST_POLICY_KAFKA_USERNAME: username("policy"),
  HOLDFAST_POLICY_KAFKA_PASSWORD: password("policy", ["policy"]),
  HOLDFAST_POLICY_KAFKA_PASSWORD_FILE: passwordFile(["policy"]),
  HOLDFAST_APPROVAL_KAFKA_USERNAME: username("approval"),
  HOLDFAST_APPROVAL_KAFKA_PASSWORD: password("approval", ["approval"]),
  HOLDFAST_APPROVAL_KAFKA_PASSWORD_FILE: passwordFile(["approval"]),
  HOLDFAST_EXECUTOR_KAFKA_USERNAME: username("executor"),
  HOLDFAST_EXECUTOR_KAFKA_PASSWORD: password("executor", ["executor"]),
  HOLDFAST_EXECUTOR_KAFKA_PASSWORD_FILE: passwordFile(["executor"]),
  HOLDFAST_AUDIT_KAFKA_USERNAME: username("audit"),
  HOLDFAST_AUDIT_KAFKA_PASSWORD: password("audit", ["audit"]),
  HOLDFAST_AUDIT_KAFKA_PASSWORD_FILE: passwordFile(["audit"]),
  HOLDFAST_KAFKA_OPERATOR_USERNAME: {
    kind: "text",
    default: "admin",
    readBy: OPERATOR,
    says: "Kafka's user for the operator, who makes topics and gives rights.",
  },
  HOLDFAST_KAFKA_OPERATOR_PASSWORD: password("the operator", OPERATOR),
  HOLDFAST_KAFKA_OPERATOR_PASSWORD_FILE: passwordFile(OPERATOR),
} as const satisfies Record<string, Setting>;
