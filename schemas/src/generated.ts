// Generated from the schemas beside this folder by `npm run schemas`: edit those, as a new version.

/** An action of the catalogue and its arguments. */
export type ActionCall = {
  readonly action: string;
  readonly arguments: readonly NameValue[];
};

/** One alert started or stopped firing. Key: Alertmanager's fingerprint. */
export type Alert = {
  /** UUIDv5 of fingerprint, startsAt and status */
  readonly id: string;
  /** 16 hex digits, Alertmanager's hash of all labels */
  readonly fingerprint: string;
  readonly status: AlertStatus;
  readonly startsAt: number;
  readonly endsAt: number | null;
  readonly labels: readonly NameValue[];
  readonly annotations: readonly NameValue[];
  /** text, never fetched */
  readonly generatorUrl: string;
  readonly via: Via;
  readonly receiver: string;
  readonly externalUrl: string;
  /** informative: it changes when a route is edited */
  readonly groupKey: string;
  /** how many alerts Alertmanager left out of this notification */
  readonly truncatedAlerts: number;
  readonly receivedAt: number;
};

/** Whether it fires. */
export type AlertStatus = "UNKNOWN" | "firing" | "resolved";

/** Policy planned it, and a person may now decide. Its value is what is signed, digested, shown and executed. */
export type Allowed = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  /** the value of the proposals.drafted record */
  readonly draft: Buffer;
  readonly plan: Plan;
  readonly tier: Tier;
  readonly quorum: number;
  /** a vote counts from a person with one of these */
  readonly roles: readonly string[];
  /** the least assurance level that counts */
  readonly level: number;
  /** what the person types at tier typed and above */
  readonly confirmText: string;
  /** the rules that allowed it */
  readonly rules: readonly string[];
  readonly policyDigest: string;
  readonly approveBy: number;
  /** the earlier of approveBy and the end of the window: a vote at or after it does not count */
  readonly lastMoment: number;
  /** executeBy is the verdict plus this */
  readonly executeForMs: number;
  readonly nonce: string;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** What is wrong, on which evidence, and what it cost to find out. */
export type Analysis = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  readonly analyst: Analyst;
  readonly outcome: AnalysisOutcome;
  readonly summary: string;
  readonly hypotheses: readonly Hypothesis[];
  readonly evidence: readonly Evidence[];
  readonly findings: readonly Finding[];
  /** ids of the proposals drafted from it */
  readonly proposals: readonly string[];
  readonly model: string | null;
  readonly promptDigest: string | null;
  readonly cost: Cost;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** How the investigation ended; over budget is an outcome that people see. */
export type AnalysisOutcome = "UNKNOWN" | "found" | "nothing" | "over_budget" | "provider_down" | "refused" | "stopped";

/** Who looked. */
export type Analyst = "UNKNOWN" | "signatures" | "claude";

/** What the API server said. */
export type Answer = {
  readonly status: number;
  readonly says: string;
};

/** One person's vote on one digest, a request to plan anew, or a closing by policy. Exactly the member named by kind is set. */
export type Approval = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  /** of the proposals.allowed value; null where there was nothing to approve */
  readonly digest: string | null;
  readonly kind: ApprovalKind;
  /** the signed proposal that this is about */
  readonly allowed: Envelope | null;
  readonly vote: Vote | null;
  readonly request: Request | null;
  readonly closing: Closing | null;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** Which it is; each has a payload type and a signer of its own. */
export type ApprovalKind = "UNKNOWN" | "vote" | "request" | "closing";

/** The sealed bundle: the allowed proposal and every vote, each as signed. The executor needs nothing else. */
export type Approved = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  /** lowercase hex SHA-256 of the whole value of the proposals.allowed record */
  readonly digest: string;
  readonly allowed: Envelope;
  readonly votes: readonly SealedRecord[];
  /** broker time of the vote that completed the quorum */
  readonly verdictAt: number;
  readonly executeBy: number;
};

/** One leaf of the audit log: a record of a topic, committed to by hash, or a gap where records are missing. */
export type AuditEntry = {
  readonly kind: EntryKind;
  readonly topic: string;
  readonly partition: number;
  /** of a gap: the first missing */
  readonly offset: number;
  /** the first offset present after the gap */
  readonly gapUntil: number | null;
  /** the broker's time, ms */
  readonly timestamp: number;
  /** the audit service's clock, informative */
  readonly recordedAt: number;
  readonly key: Buffer | null;
  /** sorted by name, then in order of arrival */
  readonly headers: readonly Header[];
  /** null: the record had no value */
  readonly valueLength: number | null;
  /** SHA-256 of the value */
  readonly valueCommit: Buffer | null;
  readonly schemaFingerprint: Fingerprint | null;
};

/** Who suggests it; a person suggests only to undo what was executed. */
export type Author = "UNKNOWN" | "signature" | "model" | "person";

/** What undoes the change: a command that is also an action, or a controller that restores it by itself. */
export type BackOut = {
  readonly kind: BackOutKind;
  readonly command: string | null;
  readonly action: ActionCall | null;
  readonly because: string | null;
};

/** command: run it; self_heals: nothing to run. */
export type BackOutKind = "UNKNOWN" | "command" | "self_heals";

/** Policy closed it. */
export type Closing = {
  readonly closing: ClosingKind;
  readonly because: string;
};

/** Why it closed. */
export type ClosingKind = "UNKNOWN" | "expired" | "withdrawn" | "superseded";

/** What it took. */
export type Cost = {
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly microUsd: number;
  readonly milliseconds: number;
};

/** A record that a consumer could not take, byte for byte, and why; or what a person decided about one that stands here. */
export type DeadLetter = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  readonly key: Buffer;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  readonly group: string;
  readonly errorClass: string;
  /** redacted */
  readonly error: string;
  readonly attempts: number;
  readonly firstFailedAt: number;
  /** a decision repeats place, key and group of its letter, and neither value nor headers */
  readonly kind: LetterKind;
  /** the id of the letter that a decision is about */
  readonly letter: string | null;
  /** who decided */
  readonly person: Person | null;
  /** why, in the person's words */
  readonly reason: string | null;
  /** later records of the key follow it here until a person decides */
  readonly holds: boolean;
};

/** Yes or no. */
export type Decision = "UNKNOWN" | "approve" | "reject";

/** Policy refused it: the rules that did, each with its reason, and the plan as far as it got. */
export type Denied = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  readonly draft: Buffer;
  readonly action: string;
  readonly target: Target;
  readonly environment: Environment;
  readonly scope: Scope;
  readonly plan: Plan | null;
  readonly rulings: readonly Ruling[];
  /** in mode observe: what the guard answered */
  readonly wouldHaveBeen: string | null;
  readonly policyDigest: string;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** The model or a signature suggests this action, for these reasons, on this evidence. Inert: its words decide nothing. */
export type Drafted = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id, the same as id */
  readonly proposal: string;
  readonly analysis: string;
  readonly by: Author;
  /** the signature's or the model's name */
  readonly author: string;
  readonly action: string;
  readonly arguments: readonly NameValue[];
  readonly target: Target;
  /** one sentence */
  readonly because: string;
  /** the model's own words, never trusted; empty from a signature */
  readonly words: string;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  /** the proposal that a person asked to plan anew */
  readonly replanOf: string | null;
  /** the executed proposal that this undoes */
  readonly backOutOf: string | null;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** The API server's own answer to the change. */
export type DryRun = "UNKNOWN" | "passed" | "not_run";

/** Which it is. */
export type EntryKind = "UNKNOWN" | "record" | "gap";

/** A DSSE envelope: the payload's exact bytes and who signed them. */
export type Envelope = {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly Signature[];
};

/** From the operator's inventory; what it does not know is prod. */
export type Environment = "UNKNOWN" | "prod" | "staging" | "dev";

/** One thing that was read, quoted after redaction, with invisible characters made visible. */
export type Evidence = {
  /** cited by hypotheses, e.g. e3 */
  readonly id: string;
  /** kube, events, logs, prometheus or alertmanager */
  readonly source: string;
  /** what was asked, for a person to ask again */
  readonly query: string;
  /** ms since the epoch, stamped by the reading adapter */
  readonly readAt: number;
  readonly says: string;
  /** true when a client of the workload could have written this text */
  readonly outsideWritable: boolean;
};

/** What the executor did: started, then one outcome. */
export type Execution = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  /** lowercase hex SHA-256 of the whole value of the proposals.allowed record */
  readonly digest: string;
  readonly state: ExecutionState;
  readonly because: string;
  readonly approved: Source;
  /** which executor */
  readonly executor: string;
  readonly action: string;
  readonly target: Target;
  readonly observed: readonly Fact[];
  readonly backOut: BackOut | null;
  readonly answer: Answer | null;
  /** of the guard that judged it again */
  readonly policyDigest: string | null;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** A stronger outcome that comes later replaces a weaker one: seen effects beat refused, refused beats unknown. */
export type ExecutionState = "UNKNOWN" | "started" | "succeeded" | "failed" | "refused" | "unknown";

/** One fact that code read, with its age and source. */
export type Fact = {
  readonly name: string;
  readonly value: string;
  readonly source: string;
  readonly readAt: number;
};

/** What one signature found. */
export type Finding = {
  readonly signature: string;
  readonly subject: string;
  readonly says: string;
  /** the action its row names; null: report only */
  readonly action: string | null;
};

export type Fingerprint = Buffer;

/** One record header, as it arrived. */
export type Header = {
  readonly name: string;
  readonly value: Buffer;
};

/** One possible cause. */
export type Hypothesis = {
  readonly cause: string;
  /** percent, the analyst's own word */
  readonly confidence: number;
  /** ids of the evidence it rests on */
  readonly evidence: readonly string[];
};

/** What belongs together: an incident was opened, an alert joined it, an alert of it ended, or it closed. */
export type Incident = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  readonly change: IncidentChange;
  /** id of the alert event; null when it closed */
  readonly alert: string | null;
  readonly fingerprint: string | null;
  readonly startsAt: number | null;
  readonly alertName: string | null;
  readonly severity: string | null;
  /** null: the alert maps to nothing, so there is an analysis and never a plan */
  readonly target: Target | null;
  /** the labels that alerts join by */
  readonly correlation: readonly NameValue[];
  /** the earlier incident of the same target, where this one closed as joined */
  readonly mergedInto: string | null;
  readonly because: string;
  /** ms since the epoch by the writer's clock, informative: the broker's time counts */
  readonly at: number;
};

/** What happened to it. */
export type IncidentChange = "UNKNOWN" | "opened" | "joined" | "ended" | "closed";

/** Which it is. What a person decides is signed by approval, in kinds of its own; a parked record is signed by nobody. */
export type LetterKind = "UNKNOWN" | "parked" | "release" | "drop" | "replay";

/** One entry of what would be a map; entries are sorted by name, names are unique. */
export type NameValue = {
  readonly name: string;
  readonly value: string;
};

/** Who else owns the fields (GitOps), and what its next sync does. */
export type Owner = {
  readonly name: string;
  readonly says: string;
};

/** Somebody as the door found them; identity is issuer and subject. */
export type Person = {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** assurance level 1 to 4, set by what was verified */
  readonly level: number;
};

/** The one exact change that policy planned from the live object, and what it touches. */
export type Plan = {
  readonly action: string;
  readonly arguments: readonly NameValue[];
  readonly target: Target;
  readonly environment: Environment;
  readonly scope: Scope;
  /** what allows one proposal at a time: cluster/namespace/kind/name of the controlling workload, else of the object */
  readonly subject: string;
  readonly podsAffected: number;
  /** names, at most 50 */
  readonly pods: readonly string[];
  /** as the guard judges it: undone by the back-out, or restored by a controller */
  readonly reversible: boolean;
  readonly request: SealedRequest;
  /** JSON, only the fields that change */
  readonly before: Buffer;
  /** JSON of the same shape */
  readonly after: Buffer;
  /** one line: the state of the target as planned */
  readonly now: string;
  /** one line: what goes, what comes, what stays */
  readonly touches: string;
  readonly backOut: BackOut;
  /** what the back-out does not bring back */
  readonly notUndone: readonly string[];
  readonly owner: Owner | null;
  /** what users feel now, or why that is not known */
  readonly users: string;
  readonly dryRun: DryRun;
  readonly dryRunSays: string;
  readonly facts: readonly Fact[];
  readonly plannedAt: number;
};

/** A person said no, or policy closed it. */
export type Rejected = {
  /** UUIDv5 over cause and step: doing the step twice yields the same event */
  readonly id: string;
  /** the incident's id, and the record's key */
  readonly incident: string;
  /** the proposal's id */
  readonly proposal: string;
  /** lowercase hex SHA-256 of the whole value of the proposals.allowed record */
  readonly digest: string;
  readonly allowed: Envelope;
  readonly decision: SealedRecord;
  readonly by: RejectedBy;
  readonly because: string;
  readonly verdictAt: number;
};

/** Who ended it. */
export type RejectedBy = "UNKNOWN" | "person" | "closing";

/** A person asks policy to plan: the same draft on fresh facts, or the back-out of what was executed. */
export type Request = {
  readonly wants: RequestKind;
  readonly person: Person;
  readonly reason: string | null;
};

/** What to plan. */
export type RequestKind = "UNKNOWN" | "replan" | "back_out";

/** One rule that refused. */
export type Ruling = {
  readonly rule: string;
  readonly reason: string;
  /** true: nobody can waive it */
  readonly hard: boolean;
};

/** The widest thing that the change can touch. */
export type Scope = "UNKNOWN" | "pod" | "workload" | "namespace" | "cluster";

/** A record of approvals as it stood on its topic. */
export type SealedRecord = {
  readonly envelope: Envelope;
  readonly partition: number;
  readonly offset: number;
  /** the broker's time, ms */
  readonly time: number;
};

/** What is sent, byte for byte; the executor builds nothing. */
export type SealedRequest = {
  readonly verb: string;
  /** with its query */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
};

/** keyid is a hint for people and never read for trust. */
export type Signature = {
  readonly keyid: string;
  readonly sig: Buffer;
};

/** Where the bundle stood. */
export type Source = {
  readonly partition: number;
  readonly offset: number;
};

/** The one object that something is about. */
export type Target = {
  readonly cluster: string;
  /** null for objects of the whole cluster */
  readonly namespace: string | null;
  readonly kind: string;
  readonly name: string;
  /** null until somebody has read the live object */
  readonly uid: string | null;
};

/** How a person must answer. */
export type Tier = "UNKNOWN" | "one_ack" | "typed" | "two_people";

/** How it came. */
export type Via = "UNKNOWN" | "webhook" | "poll";

/** A person's decision. */
export type Vote = {
  readonly decision: Decision;
  readonly person: Person;
  /** byte for byte as typed */
  readonly typed: string | null;
  readonly reason: string | null;
  readonly tier: Tier;
  readonly nonce: string;
  readonly approveBy: number;
};
