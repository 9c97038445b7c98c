import {
  alertId,
  incidentId,
  newKeyPair,
  openCodec,
  publicKeys,
  signingKey,
  SIGNER_NAMES,
  stepId,
  digestOf,
  envelopeOf,
  type Alert,
  type Allowed,
  type Approval,
  type Approved,
  type Codec,
  type Drafted,
  type Envelope,
  type Execution,
  type Incident,
  type Message,
  type SignerName,
  type SigningKey,
  type Target,
  type TrustedKeys,
} from "@holdfast/schemas";

/** One incident's story as the services tell it, every record signed by who signs it. */

const AT = 1_790_000_000_000;
const pairs = SIGNER_NAMES.map((name) => ({ name, ...newKeyPair() }));

export function pemsOf(name: SignerName): string | undefined {
  return pairs.find((pair) => pair.name === name)?.publicPem;
}

export const codec: Codec = openCodec({
  service: "testing",
  trusted: Object.fromEntries(pairs.map(({ name, publicPem }) => [name, publicKeys(name, publicPem)])) as TrustedKeys,
  signing: Object.fromEntries(pairs.map(({ name, privatePem }) => [name, signingKey(name, privatePem)])) as Record<
    SignerName,
    SigningKey
  >,
});

const target: Target = { cluster: "sandbox", namespace: "shop", kind: "Deployment", name: "cart", uid: "u-1" };
const fingerprint = "0123456789abcdef";

export const alert: Alert = {
  id: alertId(fingerprint, AT, "firing"),
  fingerprint,
  status: "firing",
  startsAt: AT,
  endsAt: null,
  labels: [{ name: "alertname", value: "KubePodCrashLooping" }],
  annotations: [],
  generatorUrl: "",
  via: "webhook",
  receiver: "holdfast",
  externalUrl: "",
  groupKey: "",
  truncatedAlerts: 0,
  receivedAt: AT,
};

const incident = incidentId(alert.id);

export const opened: Incident = {
  id: stepId(alert.id, "opened"),
  incident,
  change: "opened",
  alert: alert.id,
  fingerprint,
  startsAt: AT,
  alertName: "KubePodCrashLooping",
  severity: "critical",
  target,
  correlation: [],
  mergedInto: null,
  because: "an alert began to fire",
  at: AT,
};

const proposal = stepId(incident, "draft");

export const drafted: Drafted = {
  id: proposal,
  incident,
  proposal,
  analysis: stepId(incident, "analysis"),
  by: "signature",
  author: "crash-after-release",
  action: "rollback",
  arguments: [],
  target,
  because: "it crashes since the release",
  words: "",
  confidence: 90,
  evidence: [],
  replanOf: null,
  backOutOf: null,
  at: AT,
};

export const allowed: Allowed = {
  id: stepId(proposal, "allowed"),
  incident,
  proposal,
  draft: codec.write("proposals.drafted", drafted).value,
  plan: {
    action: "rollback",
    arguments: [],
    target,
    environment: "dev",
    scope: "workload",
    subject: "sandbox/shop/Deployment/cart",
    podsAffected: 3,
    pods: ["cart-1"],
    reversible: true,
    request: {
      verb: "PATCH",
      path: "/apis/apps/v1",
      contentType: "application/json-patch+json",
      body: Buffer.from('[{"op":"test"}]'),
    },
    before: Buffer.from('{"image":"cart:2"}'),
    after: Buffer.from('{"image":"cart:1"}'),
    now: "0 of 3 ready",
    touches: "3 pods",
    backOut: { kind: "self_heals", command: null, action: null, because: "tested elsewhere" },
    notUndone: [],
    owner: null,
    users: "not known",
    dryRun: "passed",
    dryRunSays: "",
    facts: [],
    plannedAt: AT,
  },
  tier: "one_ack",
  quorum: 1,
  roles: ["oncall"],
  level: 1,
  confirmText: "shop/cart",
  rules: ["dev"],
  policyDigest: "00",
  approveBy: AT + 900_000,
  lastMoment: AT + 900_000,
  executeForMs: 300_000,
  nonce: "n",
  at: AT,
};

const sealed = codec.write("proposals.allowed", allowed);
const digest = digestOf(sealed.value);

export const vote: Approval = {
  id: stepId(digest, "alice/approve"),
  incident,
  proposal,
  digest,
  kind: "vote",
  allowed: requireEnvelope(sealed),
  vote: {
    decision: "approve",
    person: { issuer: "holdfast/static", subject: "alice", name: "alice", roles: ["oncall"], level: 1 },
    typed: null,
    reason: null,
    tier: "one_ack",
    nonce: "n",
    approveBy: AT + 900_000,
  },
  request: null,
  closing: null,
  at: AT,
};

export const approved: Approved = {
  id: stepId(proposal, "verdict"),
  incident,
  proposal,
  digest,
  allowed: requireEnvelope(sealed),
  votes: [{ envelope: requireEnvelope(codec.write("approvals", vote)), partition: 0, offset: 0, time: AT }],
  verdictAt: AT,
  executeBy: AT + 300_000,
};

export const started: Execution = {
  id: stepId(proposal, "started"),
  incident,
  proposal,
  digest,
  state: "started",
  because: "approved",
  approved: { partition: 0, offset: 0 },
  executor: "executor-1",
  action: "rollback",
  target,
  observed: [],
  backOut: null,
  answer: null,
  policyDigest: null,
  at: AT,
};

function requireEnvelope({ value, headers }: Message): Envelope {
  const envelope = envelopeOf(value, headers);
  if (envelope === undefined) throw new Error("this record is of a topic that is not signed");
  return envelope;
}
