import type { EngineSettings } from "../../contract/annotations.ts";
import { unreachable } from "../../contract/brand.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import {
  type Engine,
  type EngineKind,
  type MysqlVersion,
  mysqlVersions,
  type PostgresqlVersion,
  postgresqlVersions,
} from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { Finding, ObjectRef } from "../../contract/plan.ts";
import { imageText } from "./image-reference.ts";
import { enginesNamedBy, type ImageVersion, mysqlIn, postgresqlIn } from "./image-version.ts";
import type { Container } from "./objects.ts";

export interface PlannedEngine {
  readonly engine: Engine;
  /** What the server is, as far as its image tells: a dumper image of this kind is taken first. */
  readonly server: EngineKind;
  /** Null for engines whose server is asked for its version. */
  readonly version: Finding | null;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The engine with its version: the annotation's; else the one that the container tells; else the original's default. The
 * kind is always the annotation's, and with it the CronJob's name and the folder of the snapshots.
 *
 * @param container null when it is not known which it is
 */
export function planEngine(settings: EngineSettings, owner: ObjectRef, container: Container | null): PlannedEngine {
  const image = container?.image ?? "";
  const server = serverOf(settings.kind, image);
  const differing = differs(settings.kind, image, owner);
  switch (settings.kind) {
    case "postgresql": {
      const { value, finding, diagnostics } = settle(settings.version, container, postgresqlRule, owner);
      const engine = { kind: settings.kind, version: value };
      return { engine, server, version: finding, diagnostics: [...differing, ...diagnostics] };
    }
    case "mysql": {
      // A MariaDB under MySQL's name: its tag tells no version of MySQL.
      const teller = server === "mysql" ? container : null;
      const { value, finding, diagnostics } = settle(settings.version, teller, mysqlRule, owner);
      const engine = { kind: settings.kind, version: value };
      return { engine, server, version: finding, diagnostics: [...differing, ...diagnostics] };
    }
    case "mariadb":
    case "elasticsearch":
    case "opensearch":
      return { engine: settings, server, version: null, diagnostics: differing };
    default:
      return unreachable(settings);
  }
}

interface VersionRule<Version extends string> {
  readonly supported: readonly Version[];
  readonly byDefault: Version;
  readonly told: (container: Container) => Told | null;
  /** Null when it is none of the supported ones. */
  readonly versionOf: (version: ImageVersion) => Version | null;
}

interface Told extends Pick<Finding, "from" | "because"> {
  readonly version: ImageVersion;
}

const postgresqlRule: VersionRule<PostgresqlVersion> = {
  supported: postgresqlVersions,
  byDefault: "16",
  told: (container) => spiloTold(container) ?? imageTold(container, postgresqlIn),
  versionOf: ({ major }) => postgresqlVersions.find((one) => one === String(major)) ?? null,
};

const mysqlRule: VersionRule<MysqlVersion> = {
  supported: mysqlVersions,
  byDefault: "8",
  told: (container) => imageTold(container, mysqlIn),
  versionOf: (version) => mysqlVersions.find((one) => one === mysqlSeries(version)) ?? null,
};

/** Of 9 every release counts, of 5 and 8 a series: 8.1 to 8.3 were innovations that ended long ago. */
function mysqlSeries(version: ImageVersion): string {
  if (version.major === 9) return "9";
  return version.major === 5 && version.minor === null ? "5.7" : versionText(version);
}

/** https://github.com/zalando/spilo: one image holds several majors, and this variable chooses. */
function spiloTold({ env }: Container): Told | null {
  const { value } = env.findLast(({ name }) => name === "PGVERSION") ?? {};
  const major = /^\d{1,2}$/.test(value ?? "") ? Number(value) : null;
  return major === null ? null : { version: { major, minor: null }, from: "found", because: "the variable PGVERSION" };
}

function imageTold({ image }: Container, versionIn: (image: string) => ImageVersion | null): Told | null {
  const version = versionIn(image ?? "");
  return version === null ? null : { version, from: "image", because: `the image ${imageText(image ?? "")}` };
}

function settle<Version extends string>(
  said: Version | null,
  container: Container | null,
  rule: VersionRule<Version>,
  subject: ObjectRef,
): { readonly value: Version; readonly finding: Finding; readonly diagnostics: readonly Diagnostic[] } {
  if (said !== null) {
    const finding = { value: said, from: "annotation", because: "the annotation version" } as const;
    return { value: said, finding, diagnostics: [] };
  }
  const told = container === null ? null : rule.told(container);
  const value = told === null ? null : rule.versionOf(told.version);
  if (told !== null && value !== null) {
    return { value, finding: { value, from: told.from, because: told.because }, diagnostics: [] };
  }
  const because = "the default, as the image does not tell";
  return {
    value: rule.byDefault,
    finding: { value: rule.byDefault, from: "default", because },
    diagnostics: told === null ? [] : [unsupported(told, rule.supported, subject)],
  };
}

/** The kind itself unless the image names another of its relatives, which speaks the same protocol. */
function serverOf(kind: EngineKind, image: string): EngineKind {
  const named = enginesNamedBy(image);
  const relatives = { mysql: "mariadb", mariadb: "mysql", elasticsearch: "opensearch", opensearch: "elasticsearch" };
  const relative = kind === "postgresql" ? null : relatives[kind];
  return named.find((one) => one === relative && !named.includes(kind)) ?? kind;
}

/** The original knew neither MariaDB nor OpenSearch: they go by the names of their elders, and that is no mistake. */
function differs(kind: EngineKind, image: string, subject: ObjectRef): readonly Diagnostic[] {
  const named = enginesNamedBy(image);
  const isElder = serverOf(kind, image) !== kind && (kind === "mysql" || kind === "elasticsearch");
  if (named.length === 0 || named.includes(kind) || isElder) return [];
  return [
    {
      code: "engine-differs",
      subject,
      field: `${annotationPrefix}type`,
      problem: `The type is ${kind}, and the container's image ${imageText(image)} looks like ${named.join(" or ")}.`,
      remedy: "Correct the type, or say with the annotation container which one runs the database.",
    },
  ];
}

function unsupported({ version, because }: Told, supported: readonly string[], subject: ObjectRef): Diagnostic {
  return {
    code: "version-unsupported",
    subject,
    field: `${annotationPrefix}version`,
    problem: `The version ${versionText(version)} of ${because} is not one of ${supported.join(", ")}.`,
    remedy: "Upgrade the database, or set the annotation to the nearest of them to try it all the same.",
  };
}

function versionText({ major, minor }: ImageVersion): string {
  return minor === null ? String(major) : `${String(major)}.${String(minor)}`;
}
