import { expect, test } from "@jest/globals";
import { enginesNamedBy, mysqlIn, postgresqlIn, searchVersionIn } from "../../../operator/plan/image-version.ts";
import { parseImage } from "../../../operator/plan/image-reference.ts";

const digest = `@sha256:${"0".repeat(64)}`;

test.each<[string, string, string]>([
  ["postgres", "postgres", ""],
  ["postgres:16", "postgres", "16"],
  [`postgres${digest}`, "postgres", ""],
  [`postgres:16.4${digest}`, "postgres", "16.4"],
  ["docker.io/library/postgres:16", "library/postgres", "16"],
  ["localhost/postgres:16", "postgres", "16"],
  ["localhost:5000/postgres", "postgres", ""],
  ["registry.example.com:5000/db/Postgres:16", "db/postgres", "16"],
  ["bitnami/postgresql:16", "bitnami/postgresql", "16"],
  ["10.0.0.1:5000/a/b/c:d", "a/b/c", "d"],
  ["", "", ""],
  [":::@@//", "", "::"],
])("reads the image %j", (image, path, tag) => {
  expect(parseImage(image)).toEqual({ path, tag });
});

test.each<[string, string | null]>([
  ["postgres:16", "16"],
  ["postgres:16.4", "16"],
  ["postgres:16.4-bookworm", "16"],
  ["postgres:16-alpine3.20", "16"],
  ["postgres:18beta1-alpine", "18"],
  ["postgres:17rc1", "17"],
  ["postgres:9.6-alpine", "9"],
  ["postgres:latest", null],
  ["postgres:alpine", null],
  ["postgres", null],
  [`postgres${digest}`, null],
  [`registry.example.com:5000/mirror/postgres:15.7${digest}`, "15"],
  ["docker.io/bitnami/postgresql:17.6.0-debian-12-r4", "17"],
  ["bitnamilegacy/postgresql-repmgr:16.3.0-debian-12-r23", "16"],
  ["public.ecr.aws/docker/library/postgres:14.12", "14"],
  ["ghcr.io/cloudnative-pg/postgresql:16.4-10", "16"],
  ["ghcr.io/cloudnative-pg/postgresql:17.5-standard-bookworm", "17"],
  ["ghcr.io/cloudnative-pg/postgis:15-3.4", "15"],
  ["ghcr.io/zalando/spilo-16:3.2-p2", "16"],
  ["registry.opensource.zalan.do/acid/spilo-cdp-15:3.0-p1", "15"],
  ["apecloud/spilo:14.8.0-pgvector-v0.6.1", "14"],
  ["registry.developers.crunchydata.com/crunchydata/crunchy-postgres:ubi8-16.3-1", "16"],
  ["registry.connect.redhat.com/crunchydata/crunchy-postgres-gis:ubi9-15.8-3.3-2", "15"],
  ["percona/percona-postgresql-operator:2.4.1-ppg16.3-postgres", "16"],
  ["percona/percona-distribution-postgresql:17.5-1", "17"],
  ["quay.io/ongres/patroni:v3.2.2-pg-16.2-build-6.32", "16"],
  ["timescale/timescaledb:2.17.2-pg16", "16"],
  ["timescale/timescaledb:latest-pg15-oss", "15"],
  ["timescale/timescaledb-ha:pg16.2-ts2.14.2-all", "16"],
  ["timescale/timescaledb:2.17.2", null],
  ["pgvector/pgvector:pg16", "16"],
  ["pgvector/pgvector:0.8.0-pg17", "17"],
  ["ankane/pgvector:v0.5.1", null],
  ["apache/age:release_PG16_1.5.0", "16"],
  ["citusdata/citus:12.1", null],
  ["citusdata/citus:12.1-pg15", "15"],
  ["paradedb/paradedb:latest-pg17", "17"],
  ["postgis/postgis:16-3.4", "16"],
  ["kartoza/postgis:15-3.3", "15"],
  ["supabase/postgres:15.8.1.060", "15"],
  ["ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0", "14"],
  ["quay.io/sclorg/postgresql-15-c9s:latest", "15"],
  ["registry.redhat.io/rhel9/postgresql-16:1", "16"],
  ["image-registry.openshift-image-registry.svc:5000/openshift/postgresql:13-el8", "13"],
  ["acme/shop-postgres:1.4.2", null],
  ["acme/postgres:2024.06.01", null],
  ["acme/postgres:20240601", null],
  ["acme/postgres:9f3c2ab", null],
  ["acme/postgres:v16.1", "16"],
  ["goharbor/harbor-db:v2.11.0", null],
  ["acme/app:16", null],
  ["", null],
])("tells that %s is PostgreSQL %s", (image, major) => {
  expect(postgresqlIn(image)?.major.toString() ?? null).toBe(major);
});

test.each<[string, string | null]>([
  ["mysql:8.0.36", "8.0"],
  ["mysql:8.4.2-oraclelinux9", "8.4"],
  ["mysql:9", "9"],
  ["mysql:9.4.0", "9.4"],
  ["mysql:8", "8"],
  ["mysql:5.7.44", "5.7"],
  ["mysql:lts", null],
  ["mysql:latest", null],
  ["bitnami/mysql:8.0.36-debian-12-r4", "8.0"],
  ["mysql/mysql-server:8.0.32", "8.0"],
  ["container-registry.oracle.com/mysql/community-server:8.4.1", "8.4"],
  ["percona:8.0.36-28-centos", "8.0"],
  ["percona/percona-server:8.0.36", "8.0"],
  ["percona/percona-xtradb-cluster:8.0.36-28.1", "8.0"],
  ["ghcr.io/cybozu-go/moco/mysql:8.4.3", "8.4"],
  ["registry.redhat.io/rhel9/mysql-80:1-337", "8.0"],
  ["quay.io/sclorg/mysql-84-c9s", "8.4"],
  ["registry:5000/legacy/mysql:5.7", "5.7"],
  ["acme/shop-mysql:1.2", null],
  ["mariadb:10.11", null],
  ["bitnami/mysqld-exporter:0.15.1", null],
])("tells that %s is MySQL %s", (image, expected) => {
  const version = mysqlIn(image);
  const text = version === null ? null : [version.major, version.minor].filter((part) => part !== null).join(".");

  expect(text).toBe(expected);
});

test.each<[string, number | null, number | null]>([
  ["docker.elastic.co/elasticsearch/elasticsearch:8.15.0", 8, 15],
  ["elasticsearch:7.17.24", 7, 17],
  ["bitnami/elasticsearch:9.0.1-debian-12-r0", 9, 0],
  ["opensearchproject/opensearch:2.11.1", 2, 11],
  ["opensearchproject/opensearch:latest", null, null],
  ["acme/search:8", null, null],
])("tells the version of %s", (image, major, minor) => {
  const version = searchVersionIn(image);

  expect([version?.major ?? null, version?.minor ?? null]).toEqual([major, minor]);
});

test.each<[string, readonly string[]]>([
  ["docker.io/bitnami/postgresql:16", ["postgresql"]],
  ["ghcr.io/zalando/spilo-16:3.2-p2", ["postgresql"]],
  ["mysql:8", ["mysql"]],
  ["percona/percona-xtradb-cluster:8.0", ["mysql"]],
  ["percona/percona-postgresql-operator:2.4.1-ppg16.3-postgres", ["postgresql"]],
  ["percona/percona-server-mongodb:7", []],
  ["mariadb:11", ["mariadb"]],
  ["elasticsearch:8", ["elasticsearch"]],
  ["opensearchproject/opensearch:2", ["opensearch"]],
  ["prometheuscommunity/postgres-exporter:v0.15.0", []],
  ["bitnami/pgbouncer:1.23", []],
  ["crunchydata/crunchy-pgbackrest:ubi8-2.51-1", []],
  ["proxysql/proxysql:2.6-mysql", []],
  ["dpage/pgadmin4", []],
  ["acme/app:1", []],
])("takes %s for an image of %j", (image, kinds) => {
  expect(enginesNamedBy(image)).toEqual(kinds);
});
