import type { EngineKind } from "../../contract/engine.ts";
import { parseImage } from "./image-reference.ts";

/** A server's version as far as an image tells: `16` or `8.0`. */
export interface ImageVersion {
  readonly major: number;
  readonly minor: number | null;
}

/** How an image of the engine is called, wherever it comes from. */
const imageWords: Readonly<Record<EngineKind, RegExp>> = {
  postgresql: /postgres|postgis|timescale|pgvector|spilo|patroni|citus|paradedb/,
  mysql: /mysql|percona(?!.*postgres|.*mongo)/,
  mariadb: /mariadb/,
  elasticsearch: /elasticsearch/,
  opensearch: /opensearch/,
};

/** What stands beside a database, or before it, and has its name. */
const companions = /exporter|bouncer|backrest|pgpool|proxysql|router|kibana|dashboards|admin|backup|curator|cerebro/;

/** The engines that an image's name speaks of, whoever built it. Often none, and sometimes more than one. */
export function enginesNamedBy(image: string): readonly EngineKind[] {
  const { path } = parseImage(image);
  if (companions.test(path)) return [];
  const kinds = Object.keys(imageWords) as EngineKind[];
  return kinds.filter((kind) => imageWords[kind].test(path));
}

/**
 * The PostgreSQL that an image runs. A tag may begin with the version of an extension (`2.14.2-pg16`) or with a base
 * (`ubi8-16.3-1`), and a name may end with the major (`spilo-16`, `postgresql-16-c9s`).
 */
export function postgresqlIn(image: string): ImageVersion | null {
  const { path, tag } = parseImage(image);
  const major =
    /(?:^|[-_.])p?pg[-_]?(\d{1,2})(?!\d)/i.exec(tag)?.[1] ??
    /(?:postgresql|postgres|spilo)(?:-[a-z]+)*-?(\d{2})(?=$|-)/.exec(path)?.[1];
  if (major !== undefined) return plausible({ major: Number(major), minor: null }, 9, 40);
  return /postgres|postgis|spilo/.test(path) ? plausible(leadingVersion(tag), 9, 40) : null;
}

/** The MySQL that an image runs: `8.0.36-debian-12-r4`; the name may have it instead (`mysql-80-c9s`). */
export function mysqlIn(image: string): ImageVersion | null {
  const { path, tag } = parseImage(image);
  if (!imageWords.mysql.test(path)) return null;
  const [, major, minor] = /mysql-(\d)(\d)(?=$|-)/.exec(path) ?? [];
  const named = major === undefined ? null : { major: Number(major), minor: Number(minor) };
  return plausible(named ?? leadingVersion(tag), 5, 15);
}

/** The Elasticsearch or OpenSearch that an image runs. */
export function searchVersionIn(image: string): ImageVersion | null {
  const { path, tag } = parseImage(image);
  return /elasticsearch|opensearch/.test(path) ? plausible(leadingVersion(tag), 1, 40) : null;
}

/** The number at a tag's beginning, perhaps after the name of the base it is built on. */
function leadingVersion(tag: string): ImageVersion | null {
  const base = /^(?:(?:ubi|rhel|centos|debian|alpine|ubuntu)[a-z0-9.]*-)?/;
  const match = /^v?(\d{1,4})(?:\.(\d{1,3}))?(?=$|[-._+]|alpha|beta|rc)/.exec(tag.replace(base, ""));
  if (match === null) return null;
  return { major: Number(match[1]), minor: match[2] === undefined ? null : Number(match[2]) };
}

/** An image of somebody's own may have a tag with a version of its own: `acme/shop-postgres:1.4.2`. */
function plausible(version: ImageVersion | null, from: number, below: number): ImageVersion | null {
  return version !== null && version.major >= from && version.major < below ? version : null;
}
