import { expect, test } from "vitest";
import { ownerOf } from "./owner.ts";

test.each([
  [
    { annotations: { "argocd.argoproj.io/tracking-id": "payments-api:apps/Deployment:payments/api" } },
    'Argo CD "payments-api"',
  ],
  [{ labels: { "argocd.argoproj.io/instance": "shop" } }, 'Argo CD "shop"'],
  [{ managedFields: [{ manager: "argocd-controller" }] }, "Argo CD"],
  [{ labels: { "kustomize.toolkit.fluxcd.io/name": "apps" } }, 'Flux Kustomization "apps"'],
  [{ managedFields: [{ manager: "helm-controller" }] }, "Flux HelmRelease"],
])("who keeps an object as Git says is found: %j", (metadata, name) => {
  expect(ownerOf({ metadata })?.name).toBe(name);
  expect(ownerOf({ metadata })?.says).toContain("next sync");
});

test.each([
  {},
  { labels: { "app.kubernetes.io/instance": "web" }, managedFields: [{ manager: "kubectl-client-side-apply" }] },
])("nobody is found where nobody left a mark: %j", (metadata) => {
  expect(ownerOf({ metadata })).toBeNull();
});
