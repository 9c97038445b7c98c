import {
  alertId,
  newKeyPair,
  openCodec,
  SIGNER_NAMES,
  signingKey,
  stepId,
  trustedKeys,
  type Alert,
  type Codec,
  type DeadLetter,
  type Execution,
  type Incident,
  type SignerName,
} from "@holdfast/schemas";

/** PEM texts for every signer: what the processes of one test share. */
export type Pems = Readonly<Record<SignerName, { readonly privatePem: string; readonly publicPem: string }>>;

export function newPems(): Pems {
  return { approval: newKeyPair(), "policy-open": newKeyPair(), "policy-close": newKeyPair(), executor: newKeyPair() };
}

export function codecOf(pems: Pems): Codec {
  const signing = Object.fromEntries(
    SIGNER_NAMES.map((signer) => [signer, signingKey(signer, pems[signer].privatePem)]),
  );
  return openCodec({ service: "contract", trusted: trustedKeys((signer) => pems[signer].publicPem), signing });
}

/** Writes values that are no Avro at all. */
export function garbling(codec: Codec): Codec {
  return { ...codec, write: (topic, event) => ({ ...codec.write(topic, event), value: Buffer.from("not a record") }) };
}

/** Writes records without their signature, as somebody would who holds no key. */
export function unsigned(codec: Codec): Codec {
  return {
    ...codec,
    write: (topic, event) => {
      const message = codec.write(topic, event);
      return { ...message, headers: message.headers.filter(({ name }) => !name.includes("signature")) };
    },
  };
}

/** A key that `incidents` takes; the same name gives the same key. */
export function incidentNamed(name: string): string {
  return stepId(name, "contract");
}

export function incident(of: string, step: string, because = "a test says so"): Incident {
  const key = incidentNamed(of);
  return {
    id: stepId(key, step),
    incident: key,
    change: "joined",
    alert: null,
    fingerprint: null,
    startsAt: null,
    alertName: null,
    severity: null,
    target: null,
    correlation: [],
    mergedInto: null,
    because,
    at: 0,
  };
}

export function alert(fingerprint: string, startsAt: number): Alert {
  return {
    id: alertId(fingerprint, startsAt, "firing"),
    fingerprint,
    status: "firing",
    startsAt,
    endsAt: null,
    labels: [{ name: "alertname", value: "Contract" }],
    annotations: [],
    generatorUrl: "",
    via: "webhook",
    receiver: "",
    externalUrl: "",
    groupKey: "",
    truncatedAlerts: 0,
    receivedAt: 0,
  };
}

export function execution(of: string, step: string): Execution {
  const key = incidentNamed(of);
  return {
    id: stepId(key, step),
    incident: key,
    proposal: stepId(key, "proposal"),
    digest: "0".repeat(64),
    state: "started",
    because: "a test says so",
    approved: { partition: 0, offset: 0 },
    executor: "contract",
    action: "pod.delete",
    target: { cluster: "c", namespace: "n", kind: "Pod", name: "p", uid: "u" },
    observed: [],
    backOut: null,
    answer: null,
    policyDigest: null,
    at: 0,
  };
}

/** What a person decided about a letter. */
export function decision(kind: "release" | "drop", letter: DeadLetter | undefined): DeadLetter {
  if (letter === undefined) throw new Error("there is no letter to decide about");
  const person = { issuer: "contract", subject: "ana", name: "Ana", roles: ["oncall"], level: 1 };
  const about = {
    kind,
    letter: letter.id,
    person,
    reason: "a test says so",
    errorClass: kind,
    error: "a test says so",
  };
  return { ...letter, ...about, id: stepId(letter.id, kind), value: null, headers: [], holds: false };
}
