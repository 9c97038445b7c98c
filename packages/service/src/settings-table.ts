import { KAFKA_SETTINGS } from "./kafka-settings.ts";
import { SERVICES, type Setting } from "./setting.ts";

/** Every setting of Holdfast, in the order of `.env.example`. A setting that is not here does not exist. */

const ALL = [...SERVICES, "sandbox", "cli", "start"] as const;
const ON_CLUSTER = ["triage", "policy", "executor"] as const;
const TO_ACT = { HOLDFAST_CLUSTER: "kubeconfig", HOLDFAST_MODE: "act" } as const;
const LOOPBACK = "127.0.0.1";
const HOST = "Address that its doors bind to; 0.0.0.0 opens them to the network.";
const POSTED_TO = /^https?:\/\/[^\s/@?#]+([/?][^\s#]*)?$/;
const ADMIN = "Port of its /healthz, /readyz and /metrics.";

export const SETTINGS = {
  HOLDFAST_DATA: {
    kind: "path",
    default: "./data",
    readBy: ALL,
    says: "Folder of the bus file, the audit store and the generated keys.",
  },
  HOLDFAST_CONFIG: {
    kind: "path",
    default: "./config",
    readBy: ["triage", "policy", "approval", "executor", "cli"],
    says: "Folder of guard, windows, environments, targets and limits.",
  },
  HOLDFAST_CLUSTER: {
    kind: "choice",
    choices: ["sandbox", "kubeconfig", "in-cluster"],
    default: "sandbox",
    readBy: ALL,
    says: "Which cluster: a simulated one for trying Holdfast, or a real one.",
  },
  HOLDFAST_CLUSTER_NAME: {
    kind: "text",
    default: "cluster",
    onSandbox: "sandbox",
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    shape: "a name of lower-case letters, digits and dashes",
    readBy: ON_CLUSTER,
    says: "Name of the cluster in config/environments.yaml; one that is not there is prod.",
  },
  HOLDFAST_MODE: {
    kind: "choice",
    choices: ["act", "observe"],
    default: "observe",
    onSandbox: "act",
    readBy: ALL,
    says: "Observe proposes and changes nothing; act executes what people approved.",
  },
  HOLDFAST_BUS: {
    kind: "text",
    default: "embedded",
    pattern: /^(embedded|kafka:\/\/[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*)$/,
    shape: "embedded, or kafka://host:port[,host:port…]",
    readBy: ALL,
    says: "Where services meet: a file under the data folder, or Kafka.",
  },
  ...KAFKA_SETTINGS,
  HOLDFAST_LOG_LEVEL: {
    kind: "choice",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    readBy: ALL,
    says: "The least that is logged.",
  },

  HOLDFAST_KUBECONFIG: {
    kind: "path",
    readBy: ["triage", "policy", "cli", "start"],
    says: "Kubeconfig of mode observe.",
  },
  HOLDFAST_CONTEXT: {
    kind: "text",
    readBy: ["triage", "policy", "cli", "start"],
    says: "Context of that kubeconfig, if not its current one.",
  },
  HOLDFAST_TRIAGE_KUBECONFIG: {
    kind: "path",
    requiredWith: TO_ACT,
    readBy: ["triage"],
    says: "Kubeconfig of triage's own user, which only reads.",
  },
  HOLDFAST_POLICY_KUBECONFIG: {
    kind: "path",
    requiredWith: TO_ACT,
    readBy: ["policy"],
    says: "Kubeconfig of policy's own user, which reads and dry-runs.",
  },
  HOLDFAST_EXECUTOR_KUBECONFIG: {
    kind: "path",
    requiredWith: TO_ACT,
    readBy: ["executor"],
    says: "Kubeconfig of the executor's own user, the only one that writes.",
  },
  HOLDFAST_PROMETHEUS_URL: {
    kind: "url",
    onSandbox: "$HOLDFAST_SANDBOX_URL/prometheus",
    readBy: ["triage", "policy", "cli"],
    says: "Prometheus, for what users feel; without it that reads: not known.",
  },
  HOLDFAST_ALERTMANAGER_URL: {
    kind: "url",
    onSandbox: "$HOLDFAST_SANDBOX_URL/alertmanager",
    readBy: ["intake", "triage", "policy", "cli"],
    says: "Alertmanager, asked for alerts and silences under /api/v2.",
  },

  HOLDFAST_INTAKE_HOST: { kind: "text", default: LOOPBACK, readBy: ["intake", "start"], says: HOST },
  HOLDFAST_INTAKE_PORT: {
    kind: "port",
    default: "8081",
    readBy: ["intake", "start", "cli"],
    says: "Port of Alertmanager's webhook.",
  },
  HOLDFAST_INTAKE_ADMIN_PORT: { kind: "port", default: "9101", readBy: ["intake", "start", "cli"], says: ADMIN },
  HOLDFAST_INTAKE_URL: {
    kind: "url",
    default: "http://127.0.0.1:$HOLDFAST_INTAKE_PORT",
    readBy: ["sandbox", "cli"],
    says: "Where the sandbox posts its alerts.",
  },
  HOLDFAST_INTAKE_TOKEN: {
    kind: "text",
    secret: true,
    pattern: /^[\x21-\x7e]{16,}$/,
    shape: "at least 16 characters without spaces",
    readBy: ["intake", "sandbox"],
    says: "Bearer token of the webhook; overrides the file.",
  },
  HOLDFAST_INTAKE_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/intake.token",
    readBy: ["intake", "sandbox", "cli", "start"],
    says: "File with that token, generated at first start.",
  },
  HOLDFAST_INTAKE_POLL: {
    kind: "flag",
    default: "0",
    readBy: ["intake"],
    says: "1 polls HOLDFAST_ALERTMANAGER_URL as well.",
  },

  HOLDFAST_TRIAGE_HOST: { kind: "text", default: LOOPBACK, readBy: ["triage", "start"], says: HOST },
  HOLDFAST_TRIAGE_ADMIN_PORT: { kind: "port", default: "9102", readBy: ["triage", "start", "cli"], says: ADMIN },
  HOLDFAST_DEBOUNCE_SECONDS: {
    kind: "int",
    default: "10",
    onSandbox: "1",
    readBy: ["triage"],
    says: "How long alerts that come together are waited for.",
  },
  HOLDFAST_SCAN: {
    kind: "flag",
    default: "0",
    readBy: ["triage"],
    says: "1 looks at the workloads every 30 s and opens incidents without an alert, where there is no Alertmanager.",
  },
  ANTHROPIC_API_KEY: {
    kind: "text",
    secret: true,
    readBy: ["triage"],
    says: "Adds Claude's analyses; without it the signatures answer alone.",
  },
  ANTHROPIC_BASE_URL: { kind: "url", readBy: ["triage"], says: "Another address of the Messages API." },
  HOLDFAST_MODEL: {
    kind: "text",
    default: "claude-sonnet-5-5",
    readBy: ["triage", "start"],
    says: "The model that analyses.",
  },

  HOLDFAST_POLICY_HOST: { kind: "text", default: LOOPBACK, readBy: ["policy", "start"], says: HOST },
  HOLDFAST_POLICY_ADMIN_PORT: { kind: "port", default: "9103", readBy: ["policy", "start", "cli"], says: ADMIN },
  HOLDFAST_POLICY_OPEN_KEY_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/policy-open.key",
    readBy: ["policy", "start"],
    says: "Key that allows and approves; not read in mode observe.",
  },
  HOLDFAST_POLICY_CLOSE_KEY_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/policy-close.key",
    readBy: ["policy", "start"],
    says: "Key that denies, rejects and closes.",
  },

  HOLDFAST_APPROVAL_HOST: { kind: "text", default: LOOPBACK, readBy: ["approval", "start"], says: HOST },
  HOLDFAST_APPROVAL_PORT: {
    kind: "port",
    default: "8080",
    readBy: ["approval", "start", "cli"],
    says: "Port of the inbox and of POST /v1/approvals.",
  },
  HOLDFAST_APPROVAL_ADMIN_PORT: { kind: "port", default: "9104", readBy: ["approval", "start", "cli"], says: ADMIN },
  HOLDFAST_APPROVAL_URL: {
    kind: "url",
    default: "http://127.0.0.1:$HOLDFAST_APPROVAL_PORT",
    readBy: ["cli"],
    says: "Where the command line finds approval.",
  },
  HOLDFAST_APPROVAL_PUBLIC_URL: {
    kind: "url",
    default: "http://127.0.0.1:$HOLDFAST_APPROVAL_PORT",
    readBy: ["approval"],
    says: "Where people reach approval's pages: the links in messages lead there.",
  },
  HOLDFAST_NOTIFY_WEBHOOK_URL: {
    kind: "text",
    secret: true,
    pattern: POSTED_TO,
    shape: "an address that begins with http:// or https://, without a user or password",
    readBy: ["approval"],
    says: "Is told as JSON when a proposal waits, is about to expire, or ended; off without it.",
  },
  HOLDFAST_NOTIFY_WEBHOOK_TOKEN: {
    kind: "text",
    secret: true,
    pattern: /^[\x21-\x7e]+$/,
    shape: "characters without spaces",
    readBy: ["approval"],
    says: "Bearer token for that address.",
  },
  HOLDFAST_NOTIFY_SLACK_URL: {
    kind: "text",
    secret: true,
    pattern: POSTED_TO,
    shape: "an address that begins with http:// or https://, without a user or password",
    readBy: ["approval"],
    says: "Slack's incoming webhook, told the same; off without it.",
  },
  HOLDFAST_NOTIFY_EXPIRING_MINUTES: {
    kind: "int",
    default: "5",
    readBy: ["approval"],
    says: "How long before its end a proposal that nobody answered is told once more; 0 never.",
  },
  HOLDFAST_APPROVAL_KEY_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/approval.key",
    readBy: ["approval", "start"],
    says: "Key that signs votes.",
  },
  HOLDFAST_APPROVERS: {
    kind: "path",
    default: "$HOLDFAST_CONFIG/approvers.yaml",
    readBy: ["approval", "policy", "executor", "audit", "cli"],
    says: "Who may approve.",
  },
  HOLDFAST_APPROVER_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/approver.token",
    readBy: ["approval", "start"],
    says: "Token of alice, who exists on the sandbox alone.",
  },
  HOLDFAST_APPROVER_DIGEST_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/approver.sha256",
    readBy: ["executor", "audit", "start"],
    says: "The SHA-256 of that token, for who knows her by it and takes no votes.",
  },
  HOLDFAST_TOKEN: {
    kind: "text",
    secret: true,
    readBy: ["cli"],
    says: "Token of the person at the terminal; overrides the file.",
  },
  HOLDFAST_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/approver.token",
    readBy: ["cli"],
    says: "File with that token.",
  },

  HOLDFAST_EXECUTOR_HOST: { kind: "text", default: LOOPBACK, readBy: ["executor", "start"], says: HOST },
  HOLDFAST_EXECUTOR_ADMIN_PORT: { kind: "port", default: "9105", readBy: ["executor", "start", "cli"], says: ADMIN },
  HOLDFAST_EXECUTOR_KEY_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/executor.key",
    readBy: ["executor", "start"],
    says: "Key that signs outcomes.",
  },
  HOLDFAST_SETTLE_SECONDS: {
    kind: "int",
    default: "120",
    onSandbox: "3",
    readBy: ["executor", "policy", "approval"],
    says: "How long a change may take to show its effect.",
  },
  HOLDFAST_RECONCILE_SECONDS: {
    kind: "int",
    default: "90",
    onSandbox: "12",
    readBy: ["executor"],
    says: "Beyond settling, how long the holder of a claim is waited for.",
  },

  HOLDFAST_AUDIT_HOST: { kind: "text", default: LOOPBACK, readBy: ["audit", "start"], says: HOST },
  HOLDFAST_AUDIT_PORT: {
    kind: "port",
    default: "8082",
    readBy: ["audit", "start", "cli"],
    says: "Port of events, receipts, checkpoint and tiles.",
  },
  HOLDFAST_AUDIT_ADMIN_PORT: { kind: "port", default: "9106", readBy: ["audit", "start", "cli"], says: ADMIN },
  HOLDFAST_AUDIT_URL: {
    kind: "url",
    default: "http://127.0.0.1:$HOLDFAST_AUDIT_PORT",
    readBy: ["executor", "cli"],
    says: "Where executor and command line find audit.",
  },
  HOLDFAST_AUDIT_KEY_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/audit.key",
    readBy: ["audit", "start"],
    says: "Key that signs the checkpoint of the log.",
  },
  HOLDFAST_AUDIT_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/audit.token",
    readBy: ["audit", "executor", "start"],
    says: "The executor's token for audit; asked for where audit opens to the network.",
  },
  HOLDFAST_PUBLIC_KEYS: {
    kind: "path",
    default: "$HOLDFAST_DATA/keys",
    readBy: ["triage", "policy", "approval", "executor", "audit", "cli", "start"],
    says: "Folder of <signer>.pub, the public keys that are believed.",
  },

  HOLDFAST_SANDBOX_HOST: { kind: "text", default: LOOPBACK, readBy: ["sandbox", "start"], says: HOST },
  HOLDFAST_SANDBOX_PORT: {
    kind: "port",
    default: "8090",
    readBy: ["sandbox", "start"],
    says: "Port of the simulated cluster and its telemetry.",
  },
  HOLDFAST_SANDBOX_URL: {
    kind: "url",
    default: "http://127.0.0.1:$HOLDFAST_SANDBOX_PORT",
    readBy: [...ON_CLUSTER, "cli", "start"],
    says: "Where the others find it.",
  },
  HOLDFAST_SANDBOX_PLAINTEXT: {
    kind: "flag",
    default: "0",
    readBy: ON_CLUSTER,
    says: "1 where it is not on this machine, and the network up to it is nobody else's.",
  },
  HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/sandbox-triage.token",
    readBy: ["triage", "sandbox", "start"],
    says: "Triage's credential on the sandbox.",
  },
  HOLDFAST_SANDBOX_POLICY_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/sandbox-policy.token",
    readBy: ["policy", "sandbox", "start"],
    says: "Policy's credential on the sandbox.",
  },
  HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE: {
    kind: "path",
    default: "$HOLDFAST_DATA/secrets/sandbox-executor.token",
    readBy: ["executor", "sandbox", "start"],
    says: "The executor's credential on the sandbox.",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
