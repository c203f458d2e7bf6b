import type { SnapshotSettings } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { Credential, Findings, ObjectRef } from "../../contract/plan.ts";
import { scopeOf } from "./container-scope.ts";
import { planContainer } from "./containers.ts";
import { type PlannedCredentials, planCredentials } from "./credentials.ts";
import { DatabaseEnvironment } from "./database-environment.ts";
import { databasePort } from "./database-port.ts";
import { type PlannedEngine, planEngine } from "./engines.ts";
import type { Service } from "./objects.ts";
import type { ReadData } from "./observed.ts";
import { type Endpoint, planEndpoint } from "./services.ts";
import type { Workload } from "./workloads.ts";

/** What is dumped, from where and as whom. */
export interface PlannedSource extends PlannedEngine {
  /** Null when something of it could not be found, which the diagnostics tell. */
  readonly connection: Connection | null;
}

export interface Connection extends Endpoint {
  readonly credentials: readonly Credential[];
  readonly https: boolean;
  readonly findings: Findings;
}

/** Looks at everything, so that all problems are told at once. */
export function planSource(
  workload: Workload,
  settings: SnapshotSettings,
  services: readonly Service[],
  read: ReadData,
): PlannedSource {
  const { owner } = workload;
  const picked = planContainer(workload, settings);
  if ("diagnostic" in picked) {
    const planned = planEngine(settings.engine, owner, null);
    return { ...planned, connection: null, diagnostics: [picked.diagnostic, ...planned.diagnostics] };
  }
  const { container } = picked;
  const planned = planEngine(settings.engine, owner, container);
  const { kind } = settings.engine;
  const environment = new DatabaseEnvironment(scopeOf(workload, container, read), owner);
  const listening = databasePort(kind, container, environment);
  const found = planEndpoint(workload, container, listening, settings, services);
  const { server } = planned;
  const said = planCredentials({ kind, server, workload, container, database: settings.database, environment });
  const diagnostics = [
    ...planned.diagnostics,
    ...("endpoint" in found ? [] : [found.diagnostic]),
    ...said.diagnostics,
    ...(isUnnamed(said) ? [databaseUnnamed(owner, container.name)] : []),
  ];
  if (!("endpoint" in found)) return { ...planned, connection: null, diagnostics };
  const engine = { value: kind, from: "annotation", because: "the annotation type" } as const;
  const findings = { engine, version: planned.version, container: picked.finding, ...found.endpoint.findings };
  return {
    ...planned,
    connection: { ...found.endpoint, credentials: said.credentials, https: said.https, findings },
    diagnostics,
  };
}

/** PostgreSQL's own database, which is seldom the one that is used, and only because no other is named. */
function isUnnamed({ credentials, diagnostics }: PlannedCredentials): boolean {
  if (diagnostics.length > 0) return false; // it may not even be a database
  const database = credentials.find(({ name }) => name === "POSTGRESQL_DATABASE");
  return database?.source.from === "default" && database.value?.reveal() === "postgres";
}

function databaseUnnamed(subject: ObjectRef, container: string): Diagnostic {
  return {
    code: "database-unnamed",
    subject,
    field: `${annotationPrefix}database`,
    problem: `The container "${container}" names no database: "postgres" alone is dumped, which is empty unless somebody uses it.`,
    remedy: 'Set the annotation to the database\'s name, to "*" for every one, or to "postgres" if that is meant.',
  };
}
