# Build with `make images`, which bundles first: docker build -f dumper/elasticsearch.Dockerfile --target elasticsearch build
# BASE must be Debian trixie and bring node >= 22.15 on the PATH.
ARG BASE=node:24.21.0-trixie-slim

FROM ${BASE} AS elasticsearch
# The dumper speaks to Elasticsearch and OpenSearch itself.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates isal zstd \
  && rm -rf /var/lib/apt/lists/*
# Pages of documents are short-lived: a larger young generation only lets 40 MiB more of them lie about.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=1 MALLOC_ARENA_MAX=2
WORKDIR /app
COPY dumper.js /app/dumper.js
USER 65532:65532
ENTRYPOINT ["node", "/app/dumper.js"]
