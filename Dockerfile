# syntax=docker/dockerfile:1
# Debian and not Alpine: Temporal's SDK ships binaries for glibc only.
FROM node:24-bookworm-slim AS packages
WORKDIR /darkroom
COPY package.json package-lock.json .npmrc ./
# Temporal's SDK brings its core for five kinds of machine, 140 MB; this image runs on one.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force && \
  find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:24-bookworm-slim AS compiled
WORKDIR /darkroom
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Modules and the workflow bundle: a worker starts without compiling anything.
RUN node scripts/build.js

FROM node:24-bookworm-slim
# One arena of glibc's allocator for each thread would cost hundreds of megabytes in encoders.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 SCRATCH_DIR=/var/cache/darkroom TMPDIR=/var/tmp
WORKDIR /darkroom
RUN install -d -o node -g node /var/cache/darkroom /var/lib/darkroom
COPY --from=packages /darkroom/node_modules node_modules
COPY --from=compiled /darkroom/dist dist
COPY package.json LICENSE THIRD_PARTY_NOTICES.md ./
COPY bin bin
COPY migrations migrations
COPY deploy/compose/create-buckets.js deploy/compose/create-buckets.js
USER node
# Compose's `init: true` and Kubernetes' shared process namespace put a reaper in front; on its own
# Darkroom stops at SIGTERM and ends its encoders itself.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/darkroom/bin/darkroom.js"]
CMD ["worker"]
