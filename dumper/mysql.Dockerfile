# Build with `make images`, which bundles first: docker build -f dumper/mysql.Dockerfile --target mysql build
# BASE must be Debian trixie and bring node >= 22.15 on the PATH.
ARG BASE=node:24.21.0-trixie-slim

FROM ${BASE} AS mysql
# No stable Debian has MySQL's own clients; unstable has, and they dump every older MySQL. Its archive is that of the first
# stanza of the base's sources, and is asked for this one package and what it needs only.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates isal zstd \
  && sed '/^$/q; s/^Suites:.*/Suites: sid/' /etc/apt/sources.list.d/debian.sources > /etc/apt/sources.list.d/sid.sources \
  && apt-get update \
  && apt-get install --yes --no-install-recommends mysql-client-core \
  && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/sid.sources
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=1 MALLOC_ARENA_MAX=2
WORKDIR /app
COPY dumper.js /app/dumper.js
USER 65532:65532
ENTRYPOINT ["node", "/app/dumper.js"]
