/**
 * The parts of Kubernetes' JSON that Holdfast reads. Everything is optional and may be null, as the API server sends it;
 * what is not named here stays in the object and is never dropped.
 */
type Maybe<T> = T | null | undefined;
type Labels = Readonly<Record<string, string>>;

export type OwnerReference = {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: Maybe<boolean>;
};

export type Meta = {
  readonly name?: string;
  readonly namespace?: Maybe<string>;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: Maybe<number>;
  readonly creationTimestamp?: Maybe<string>;
  readonly deletionTimestamp?: Maybe<string>;
  readonly labels?: Maybe<Labels>;
  readonly annotations?: Maybe<Labels>;
  readonly ownerReferences?: Maybe<readonly OwnerReference[]>;
  readonly managedFields?: Maybe<
    readonly { readonly manager?: string; readonly operation?: string; readonly time?: string }[]
  >;
};

export type KubeObject = { readonly apiVersion?: string; readonly kind?: string; readonly metadata?: Meta };

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: Maybe<string>;
  readonly message?: Maybe<string>;
  readonly lastTransitionTime?: Maybe<string>;
  readonly lastUpdateTime?: Maybe<string>;
};

export type Container = {
  readonly name: string;
  readonly image?: Maybe<string>;
  readonly env?: Maybe<readonly { readonly name: string; readonly value?: Maybe<string> }[]>;
  readonly resources?: Maybe<{ readonly limits?: Maybe<Labels>; readonly requests?: Maybe<Labels> }>;
};

export type PodSpec = {
  readonly nodeName?: Maybe<string>;
  readonly containers?: Maybe<readonly Container[]>;
  readonly initContainers?: Maybe<readonly Container[]>;
  readonly volumes?: Maybe<readonly unknown[]>;
};
export type PodTemplate = { readonly metadata?: Maybe<Meta>; readonly spec?: Maybe<PodSpec> };

export type Terminated = {
  readonly exitCode?: Maybe<number>;
  readonly reason?: Maybe<string>;
  readonly message?: Maybe<string>;
  readonly startedAt?: Maybe<string>;
  readonly finishedAt?: Maybe<string>;
};
export type ContainerState = {
  readonly waiting?: Maybe<{ readonly reason?: Maybe<string>; readonly message?: Maybe<string> }>;
  readonly running?: Maybe<{ readonly startedAt?: Maybe<string> }>;
  readonly terminated?: Maybe<Terminated>;
};
export type ContainerStatus = {
  readonly name: string;
  readonly ready?: Maybe<boolean>;
  readonly restartCount?: Maybe<number>;
  readonly image?: Maybe<string>;
  readonly state?: Maybe<ContainerState>;
  readonly lastState?: Maybe<ContainerState>;
};

export type Pod = KubeObject & {
  readonly spec?: Maybe<PodSpec>;
  readonly status?: Maybe<{
    readonly phase?: Maybe<string>;
    readonly reason?: Maybe<string>;
    readonly message?: Maybe<string>;
    readonly startTime?: Maybe<string>;
    readonly conditions?: Maybe<readonly Condition[]>;
    readonly containerStatuses?: Maybe<readonly ContainerStatus[]>;
    readonly initContainerStatuses?: Maybe<readonly ContainerStatus[]>;
  }>;
};

export type LabelSelector = {
  readonly matchLabels?: Maybe<Labels>;
  readonly matchExpressions?: Maybe<
    readonly { readonly key: string; readonly operator: string; readonly values?: Maybe<readonly string[]> }[]
  >;
};

export type Deployment = KubeObject & {
  readonly spec?: Maybe<{
    readonly replicas?: Maybe<number>;
    readonly paused?: Maybe<boolean>;
    readonly selector?: Maybe<LabelSelector>;
    readonly template?: Maybe<PodTemplate>;
    readonly strategy?: Maybe<{ readonly type?: Maybe<string> }>;
    readonly progressDeadlineSeconds?: Maybe<number>;
  }>;
  readonly status?: Maybe<{
    readonly observedGeneration?: Maybe<number>;
    readonly replicas?: Maybe<number>;
    readonly updatedReplicas?: Maybe<number>;
    readonly readyReplicas?: Maybe<number>;
    readonly availableReplicas?: Maybe<number>;
    readonly unavailableReplicas?: Maybe<number>;
    readonly conditions?: Maybe<readonly Condition[]>;
  }>;
};

export type ReplicaSet = KubeObject & {
  readonly spec?: Maybe<{
    readonly replicas?: Maybe<number>;
    readonly selector?: Maybe<LabelSelector>;
    readonly template?: Maybe<PodTemplate>;
  }>;
  readonly status?: Maybe<{
    readonly replicas?: Maybe<number>;
    readonly readyReplicas?: Maybe<number>;
    readonly availableReplicas?: Maybe<number>;
  }>;
};

export type Node = KubeObject & {
  readonly spec?: Maybe<{ readonly unschedulable?: Maybe<boolean>; readonly taints?: Maybe<readonly unknown[]> }>;
  readonly status?: Maybe<{ readonly conditions?: Maybe<readonly Condition[]> }>;
};

export type Event = KubeObject & {
  readonly reason?: Maybe<string>;
  readonly message?: Maybe<string>;
  readonly type?: Maybe<string>;
  readonly count?: Maybe<number>;
  readonly firstTimestamp?: Maybe<string>;
  readonly lastTimestamp?: Maybe<string>;
  readonly eventTime?: Maybe<string>;
  readonly involvedObject?: Maybe<{
    readonly kind?: Maybe<string>;
    readonly namespace?: Maybe<string>;
    readonly name?: Maybe<string>;
    readonly uid?: Maybe<string>;
  }>;
};

export type StatefulSet = KubeObject & {
  readonly spec?: Maybe<{
    readonly replicas?: Maybe<number>;
    readonly selector?: Maybe<LabelSelector>;
    readonly template?: Maybe<PodTemplate>;
    readonly podManagementPolicy?: Maybe<string>;
    readonly updateStrategy?: Maybe<{
      readonly type?: Maybe<string>;
      readonly rollingUpdate?: Maybe<{ readonly partition?: Maybe<number> }>;
    }>;
    readonly persistentVolumeClaimRetentionPolicy?: Maybe<{ readonly whenScaled?: Maybe<string> }>;
    readonly volumeClaimTemplates?: Maybe<readonly { readonly metadata?: Maybe<Meta> }[]>;
  }>;
  readonly status?: Maybe<{
    readonly observedGeneration?: Maybe<number>;
    readonly replicas?: Maybe<number>;
    readonly readyReplicas?: Maybe<number>;
    readonly updatedReplicas?: Maybe<number>;
    readonly currentRevision?: Maybe<string>;
    readonly updateRevision?: Maybe<string>;
  }>;
};

export type DaemonSet = KubeObject & {
  readonly spec?: Maybe<{
    readonly selector?: Maybe<LabelSelector>;
    readonly template?: Maybe<PodTemplate>;
    readonly updateStrategy?: Maybe<{ readonly type?: Maybe<string> }>;
  }>;
  readonly status?: Maybe<{
    readonly observedGeneration?: Maybe<number>;
    readonly desiredNumberScheduled?: Maybe<number>;
    readonly updatedNumberScheduled?: Maybe<number>;
    readonly numberAvailable?: Maybe<number>;
  }>;
};

/** What a StatefulSet or a DaemonSet was: `data` is a strategic merge patch that puts it back, `$patch` its directive. */
export type ControllerRevision = KubeObject & {
  readonly revision?: Maybe<number>;
  readonly data?: Maybe<{
    readonly spec?: Maybe<{ readonly template?: Maybe<PodTemplate & { readonly $patch?: string }> }>;
  }>;
};

export type HorizontalPodAutoscaler = KubeObject & {
  readonly spec?: Maybe<{
    readonly scaleTargetRef?: Maybe<{
      readonly apiVersion?: Maybe<string>;
      readonly kind?: string;
      readonly name?: string;
    }>;
    readonly minReplicas?: Maybe<number>;
    readonly maxReplicas?: Maybe<number>;
  }>;
  readonly status?: Maybe<{ readonly currentReplicas?: Maybe<number>; readonly desiredReplicas?: Maybe<number> }>;
};

export type PodDisruptionBudget = KubeObject & {
  readonly spec?: Maybe<{
    readonly selector?: Maybe<LabelSelector>;
    readonly unhealthyPodEvictionPolicy?: Maybe<string>;
  }>;
  readonly status?: Maybe<{
    readonly disruptionsAllowed?: Maybe<number>;
    readonly currentHealthy?: Maybe<number>;
    readonly desiredHealthy?: Maybe<number>;
  }>;
};

export type CronJob = KubeObject & {
  readonly spec?: Maybe<{
    readonly schedule?: Maybe<string>;
    readonly suspend?: Maybe<boolean>;
    readonly startingDeadlineSeconds?: Maybe<number>;
  }>;
  readonly status?: Maybe<{
    readonly active?: Maybe<readonly unknown[]>;
    readonly lastScheduleTime?: Maybe<string>;
    readonly lastSuccessfulTime?: Maybe<string>;
  }>;
};
