import type { Deployment, Pod } from "@holdfast/cluster";
import type { SealedRequest } from "@holdfast/schemas";
import type { Reply } from "../../packages/cluster/src/status.ts";
import { until, type Client, type Place, type Who } from "./place.ts";

/** What the requests of the contract are made with; the place is there once its tests run. */
export type Bench = {
  readonly name: string;
  readonly place: () => Place;
  readonly as: (who: Who) => Client;
  readonly get: (who: Who, path: string) => Promise<Reply>;
  readonly web: () => Promise<Deployment>;
  /** Rolled out and still: nothing of it changes by itself. */
  readonly settledWeb: (replicas?: number) => Promise<Deployment>;
  readonly podsOf: (namespace: string, app: string) => Promise<readonly Pod[]>;
  readonly readyPod: () => Promise<Pod>;
};

export const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web";
export const STRICT = "fieldManager=holdfast&fieldValidation=Strict";
export const OTHER_UID = "11111111-2222-4333-8444-555555555555";
export const WEB = { kind: "Deployment", namespace: "shop", name: "web" } as const;

export function jsonPatch(path: string, operations: unknown): SealedRequest {
  const body = Buffer.from(JSON.stringify(operations));
  return { verb: "PATCH", path, contentType: "application/json-patch+json", body };
}

export function deletion(namespace: string, pod: string, options: unknown): SealedRequest {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  return { verb: "DELETE", path, contentType: "application/json", body: Buffer.from(JSON.stringify(options)) };
}

export function openBench(name: string, place: () => Place): Bench {
  const as = (who: Who): Client => place().as(who);
  const podsOf: Bench["podsOf"] = (namespace, app) =>
    place().unseen.reader.list<Pod>("Pod", { namespace, labelSelector: `app=${app}` });
  const web = (): Promise<Deployment> => until("shop/web", () => place().unseen.reader.get<Deployment>(WEB));
  return {
    name,
    place,
    as,
    get: (who, path) => as(who).call({ verb: "GET", path }),
    web,
    settledWeb: (wanted = 3) =>
      until("a settled shop/web", async () => {
        const found = await web();
        const { observedGeneration, availableReplicas, replicas, unavailableReplicas } = found.status ?? {};
        const isStill = observedGeneration === found.metadata?.generation && !unavailableReplicas;
        const isWhole = availableReplicas === wanted && replicas === wanted;
        return isStill && isWhole && (await podsOf("shop", "web")).length === wanted ? found : undefined;
      }),
    podsOf,
    readyPod: () => until("a ready pod of shop/web", async () => (await podsOf("shop", "web")).find(isReady)),
  };
}

function isReady({ metadata, status }: Pod): boolean {
  const { conditions } = status ?? {};
  return (
    !metadata?.deletionTimestamp && (conditions ?? []).some((one) => one.type === "Ready" && one.status === "True")
  );
}
