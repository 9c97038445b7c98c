# syntax=docker/dockerfile:1
# One target a service: `docker build --target intake .` An image holds what that service imports and nothing else, runs as
# nobody in particular on a root that may be read only, and has no secret in it. tests/containers.test.ts holds it to that.
#
# Pin the digest as well, once you have looked at it: --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app
# Node's flag is the one of scripts/child.ts, which says why.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=64 HOLDFAST_DATA=/data HOLDFAST_CONFIG=/app/config
# What a volume is filled with when it is first mounted belongs to whom it was made for.
RUN mkdir -p /data/identities && chown -R node:node /data

# What npm needs to know about every workspace, so that it installs of any one what that one needs.
FROM base AS manifests
COPY package.json package-lock.json .npmrc ./
COPY schemas/package.json schemas/
COPY packages/actions/package.json packages/actions/
COPY packages/bus/package.json packages/bus/
COPY packages/cluster/package.json packages/cluster/
COPY packages/credential/package.json packages/credential/
COPY packages/guard/package.json packages/guard/
COPY packages/log/package.json packages/log/
COPY packages/proposals/package.json packages/proposals/
COPY packages/redact/package.json packages/redact/
COPY packages/service/package.json packages/service/
COPY packages/wiring/package.json packages/wiring/
COPY services/approval/package.json services/approval/
COPY services/audit/package.json services/audit/
COPY services/executor/package.json services/executor/
COPY services/intake/package.json services/intake/
COPY services/policy/package.json services/policy/
COPY services/triage/package.json services/triage/
COPY cli/package.json cli/
COPY sandbox/package.json sandbox/
# npm leaves out what only development needs of the whole, and not of one workspace: so of each it must not be told.
RUN node -e "const fs = require('fs'); for (const file of fs.globSync(['*/package.json', '*/*/package.json'])) { const { devDependencies, ...kept } = JSON.parse(fs.readFileSync(file)); fs.writeFileSync(file, JSON.stringify(kept)); }"

FROM manifests AS intake-packages
RUN npm ci --workspace services/intake --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS intake
COPY package.json ./
COPY --from=intake-packages /app/node_modules ./node_modules
COPY packages/bus ./packages/bus
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/intake ./services/intake
USER node
EXPOSE 8081 9101
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9101/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/intake/src/main.ts"]

FROM manifests AS triage-packages
RUN npm ci --workspace services/triage --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS triage
COPY package.json ./
COPY --from=triage-packages /app/node_modules ./node_modules
COPY packages/actions ./packages/actions
COPY packages/bus ./packages/bus
COPY packages/cluster ./packages/cluster
COPY packages/credential ./packages/credential
COPY packages/guard ./packages/guard
COPY packages/redact ./packages/redact
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/triage ./services/triage
COPY config ./config
USER node
EXPOSE 9102
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9102/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/triage/src/main.ts"]

FROM manifests AS policy-packages
RUN npm ci --workspace services/policy --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS policy
COPY package.json ./
COPY --from=policy-packages /app/node_modules ./node_modules
COPY packages/actions ./packages/actions
COPY packages/bus ./packages/bus
COPY packages/cluster ./packages/cluster
COPY packages/credential ./packages/credential
COPY packages/guard ./packages/guard
COPY packages/proposals ./packages/proposals
COPY packages/redact ./packages/redact
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/policy ./services/policy
COPY config ./config
USER node
EXPOSE 9103
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9103/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/policy/src/main.ts"]

FROM manifests AS approval-packages
RUN npm ci --workspace services/approval --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS approval
COPY package.json ./
COPY --from=approval-packages /app/node_modules ./node_modules
COPY packages/actions ./packages/actions
COPY packages/bus ./packages/bus
COPY packages/guard ./packages/guard
COPY packages/proposals ./packages/proposals
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/approval ./services/approval
COPY config ./config
USER node
EXPOSE 8080 9104
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9104/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/approval/src/main.ts"]

FROM manifests AS executor-packages
RUN npm ci --workspace services/executor --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS executor
COPY package.json ./
COPY --from=executor-packages /app/node_modules ./node_modules
COPY packages/actions ./packages/actions
COPY packages/bus ./packages/bus
COPY packages/cluster ./packages/cluster
COPY packages/credential ./packages/credential
COPY packages/guard ./packages/guard
COPY packages/log ./packages/log
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/executor ./services/executor
COPY config ./config
USER node
EXPOSE 9105
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9105/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/executor/src/main.ts"]

FROM manifests AS audit-packages
RUN npm ci --workspace services/audit --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS audit
COPY package.json ./
COPY --from=audit-packages /app/node_modules ./node_modules
COPY packages/bus ./packages/bus
COPY packages/guard ./packages/guard
COPY packages/log ./packages/log
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY services/audit ./services/audit
USER node
EXPOSE 8082 9106
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:9106/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/audit/src/main.ts"]

FROM manifests AS sandbox-packages
RUN npm ci --workspace sandbox --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS sandbox
COPY package.json ./
COPY --from=sandbox-packages /app/node_modules ./node_modules
COPY packages/service ./packages/service
COPY sandbox ./sandbox
USER node
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8090/alertmanager/-/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "sandbox/src/main.ts"]

FROM manifests AS cli-packages
RUN npm ci --workspace cli --include-workspace-root=false --omit=dev --ignore-scripts

FROM base AS cli
COPY package.json ./
COPY --from=cli-packages /app/node_modules ./node_modules
COPY packages/bus ./packages/bus
COPY packages/guard ./packages/guard
COPY packages/log ./packages/log
COPY packages/service ./packages/service
COPY packages/wiring ./packages/wiring
COPY schemas ./schemas
COPY scripts ./scripts
COPY cli ./cli
COPY config ./config
USER node
ENTRYPOINT ["node", "cli/src/main.ts"]

# Runs once before everything else, and hands out the secrets: it alone sees more than one service's.
FROM cli AS init
USER root
RUN mkdir -p /out /init && chown node:node /out /init \
  && for of in keys intake triage policy approval executor audit sandbox alertmanager kafka operator person; do mkdir /out/$of && chown node:node /out/$of; done
USER node
ENTRYPOINT ["node", "scripts/hand-out.ts"]
