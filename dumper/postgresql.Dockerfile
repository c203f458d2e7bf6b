# Build with `make images`, which bundles first: docker build -f dumper/postgresql.Dockerfile --target postgresql build
# BASE must be Debian trixie and bring node >= 22.15 on the PATH.
ARG BASE=node:24.21.0-trixie-slim

FROM ${BASE} AS postgresql
# The clients of every major: a dump is made by those of the server's own. Debian's postgresql-common brings the script that
# adds PostgreSQL's own repository, with its key; both are needed only while the image is built.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates isal postgresql-common zstd \
  && /usr/share/postgresql-common/pgdg/*.sh -y \
  && apt-get install --yes --no-install-recommends postgresql-client-13 postgresql-client-14 \
    postgresql-client-15 postgresql-client-16 postgresql-client-17 postgresql-client-18 \
  && apt-get purge --yes --auto-remove postgresql-common \
  && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/pgdg*
# Debian's own pg_dump is a Perl wrapper that looks for local servers; the real one must be found first.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=1 MALLOC_ARENA_MAX=2 PATH=/usr/lib/postgresql/18/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /app
COPY dumper.js /app/dumper.js
USER 65532:65532
ENTRYPOINT ["node", "/app/dumper.js"]
