/** The shapes of the objects that the sandbox's own controllers read and write. What an object holds beyond these is kept as it is. */

export type Labels = Record<string, string>;

export type Owner = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type Meta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Labels;
  annotations?: Labels;
  ownerReferences?: Owner[];
  managedFields?: ManagedFields[];
};

export type ManagedFields = {
  manager: string;
  operation: "Update";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: Record<string, unknown>;
  subresource?: string;
};

export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  spec?: object;
  status?: object;
};

export type Condition = {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastHeartbeatTime?: string;
};

export type Container = {
  name: string;
  image: string;
  resources?: { limits?: Labels; requests?: Labels };
  readinessProbe?: object;
};

export type PodTemplate = {
  metadata: { labels?: Labels; annotations?: Labels };
  spec: { containers: Container[]; nodeSelector?: Labels; nodeName?: string };
};

export type Terminated = {
  exitCode: number;
  reason: string;
  startedAt: string;
  finishedAt: string;
  containerID: string;
  message?: string;
};

export type ContainerState = {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: Terminated;
};

export type ContainerStatus = {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
};

export type Pod = KubeObject & {
  spec: PodTemplate["spec"];
  status: {
    phase: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    startTime?: string;
    hostIP?: string;
    podIP?: string;
    qosClass?: string;
  };
};

export type Selector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type Deployment = KubeObject & {
  spec: {
    replicas?: number;
    selector: Selector;
    template: PodTemplate;
    paused?: boolean;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    strategy?: {
      type?: string;
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  };
  status: DeploymentStatus;
};

export type DeploymentStatus = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  conditions?: Condition[];
};

export type ReplicaSet = KubeObject & {
  spec: { replicas?: number; selector: Selector; template: PodTemplate };
  status: {
    replicas: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    observedGeneration?: number;
  };
};

export type StatefulSet = KubeObject & {
  spec: {
    replicas?: number;
    serviceName?: string;
    selector: Selector;
    template: PodTemplate;
    podManagementPolicy?: string;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    currentReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    collisionCount?: number;
  };
};

export type DaemonSet = KubeObject & {
  spec: {
    selector: Selector;
    template: PodTemplate;
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string } };
  };
  status: {
    observedGeneration?: number;
    currentNumberScheduled?: number;
    desiredNumberScheduled?: number;
    numberMisscheduled?: number;
    numberReady?: number;
    numberAvailable?: number;
    numberUnavailable?: number;
    updatedNumberScheduled?: number;
  };
};

export type ControllerRevision = KubeObject & {
  data: { spec: { template: PodTemplate & { $patch: "replace" } } };
  revision: number;
};

export type DisruptionBudget = KubeObject & {
  spec: {
    selector?: Selector;
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    unhealthyPodEvictionPolicy?: string;
  };
  status: {
    observedGeneration?: number;
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    expectedPods?: number;
  };
};

export type Node = KubeObject & {
  spec: {
    unschedulable?: boolean;
    taints?: { key: string; effect: string; timeAdded?: string }[];
    podCIDR?: string;
  };
  status: { conditions: Condition[]; addresses?: { type: string; address: string }[] };
};

export type Reference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  namespace?: string;
  fieldPath?: string;
  resourceVersion?: string;
};

export type KubeEvent = KubeObject & {
  involvedObject: Reference;
  reason: string;
  message: string;
  type: "Normal" | "Warning";
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string; host?: string };
};

/** The kinds that have a controller here; all others are `KubeObject`. */
export type Kinds = {
  pods: Pod;
  deployments: Deployment;
  replicasets: ReplicaSet;
  statefulsets: StatefulSet;
  daemonsets: DaemonSet;
  controllerrevisions: ControllerRevision;
  poddisruptionbudgets: DisruptionBudget;
  nodes: Node;
  events: KubeEvent;
};

/** Kubernetes keeps whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
