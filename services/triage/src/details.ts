import type {
  Condition,
  Container,
  HorizontalPodAutoscaler,
  KubeObject,
  PodSpec,
  PodTemplate,
} from "@holdfast/cluster";

/** Fields that only the signatures look at. As everywhere in Kubernetes' JSON, each may be missing or null. */
type Maybe<T> = T | null | undefined;
type Named = { readonly name?: Maybe<string> };

export type Job = KubeObject & {
  readonly spec?: Maybe<{ readonly backoffLimit?: Maybe<number>; readonly template?: Maybe<PodTemplate> }>;
  readonly status?: Maybe<{
    readonly failed?: Maybe<number>;
    readonly succeeded?: Maybe<number>;
    readonly conditions?: Maybe<readonly Condition[]>;
  }>;
};

type MetricValue = {
  readonly averageUtilization?: Maybe<number>;
  readonly averageValue?: Maybe<string>;
  readonly value?: Maybe<string>;
};
type MetricSource = Named & { readonly target?: Maybe<MetricValue>; readonly current?: Maybe<MetricValue> };
export type Metric = {
  readonly type?: Maybe<string>;
  readonly resource?: Maybe<MetricSource>;
  readonly containerResource?: Maybe<MetricSource>;
};
export type Autoscaler = HorizontalPodAutoscaler & {
  readonly spec?: Maybe<{ readonly metrics?: Maybe<readonly Metric[]> }>;
  readonly status?: Maybe<{
    readonly conditions?: Maybe<readonly Condition[]>;
    readonly currentMetrics?: Maybe<readonly Metric[]>;
  }>;
};

type Probe = {
  readonly periodSeconds?: Maybe<number>;
  readonly timeoutSeconds?: Maybe<number>;
  readonly failureThreshold?: Maybe<number>;
  readonly initialDelaySeconds?: Maybe<number>;
};
export type DetailedContainer = Container & {
  readonly command?: Maybe<readonly string[]>;
  readonly args?: Maybe<readonly string[]>;
  readonly imagePullPolicy?: Maybe<string>;
  readonly livenessProbe?: Maybe<Probe>;
  readonly envFrom?: Maybe<readonly { readonly configMapRef?: Maybe<Named>; readonly secretRef?: Maybe<Named> }[]>;
};

export type DetailedPodSpec = PodSpec & {
  readonly imagePullSecrets?: Maybe<readonly Named[]>;
  readonly nodeSelector?: Maybe<Readonly<Record<string, string>>>;
};

/** Who wrote which part of an object: the server's book-keeping says when, and of a subresource which. */
export type Writer = { readonly manager?: string; readonly time?: string; readonly subresource?: string };
