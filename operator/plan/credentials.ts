import { unreachable } from "../../contract/brand.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { EngineKind } from "../../contract/engine.ts";
import type { Credential, ObjectRef } from "../../contract/plan.ts";
import { maxVariableLength } from "./container-env.ts";
import { sqlConventions } from "./conventions.ts";
import { type DatabaseEnvironment, isFailure, type Outcome } from "./database-environment.ts";
import type { Container } from "./objects.ts";
import { mysqlAccount, postgresqlAccount } from "./sql-accounts.ts";
import { searchConnection } from "./search-connection.ts";
import type { Workload } from "./workloads.ts";

export interface PlannedCredentials {
  /** Incomplete when there are diagnostics. */
  readonly credentials: readonly Credential[];
  /** Whether the server is to be asked by https. Search engines only: the others find out by themselves. */
  readonly https: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CredentialsInput {
  readonly kind: EngineKind;
  /** What the server is, as far as its image tells. */
  readonly server: EngineKind;
  readonly workload: Workload;
  readonly container: Container;
  /** The annotation. Null: what the container's environment says. */
  readonly database: string | null;
  readonly environment: DatabaseEnvironment;
}

/** Who connects, with which password, to which database: what the database's own image would make of its environment. */
export function planCredentials(input: CredentialsInput): PlannedCredentials {
  const { outcomes, https } = connectionOf(input);
  const entries = Object.entries(outcomes);
  const failures = entries.flatMap(([name, outcome]) => failureOf(name, outcome, input.workload.owner));
  return {
    credentials: entries.flatMap(([name, outcome]) =>
      outcome === "unset" || isFailure(outcome) ? [] : [{ name, source: outcome.source, value: outcome.value }],
    ),
    https,
    // A whole environment that is missing is told once.
    diagnostics: [...new Map(failures.map((failure) => [failure.problem, failure])).values()],
  };
}

/** The job is told every one of them in a variable, and the kernel starts no program with a longer one. */
function failureOf(name: string, outcome: Outcome, subject: ObjectRef): readonly Diagnostic[] {
  if (outcome === "unset") return [];
  if (isFailure(outcome)) return [outcome.failure];
  const bytes = Buffer.byteLength(`${name}=${outcome.value?.reveal() ?? ""}\0`);
  if (bytes <= maxVariableLength) return [];
  const problem = `What would be ${name} is longer than ${String(maxVariableLength)} bytes, which no variable can hold.`;
  return [{ code: "credential-unreadable", subject, field: name, problem, remedy: "Say the right one." }];
}

interface ConnectionOutcomes {
  /** By the name of the dumper's variable, in the order in which they are shown. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly https: boolean;
}

function connectionOf({ kind, server, ...input }: CredentialsInput): ConnectionOutcomes {
  switch (kind) {
    case "postgresql": {
      const account = postgresqlAccount({ ...input, conventions: sqlConventions("postgresql", input.container) });
      const outcomes = {
        POSTGRESQL_USERNAME: account.username,
        POSTGRESQL_PASSWORD: account.password,
        POSTGRESQL_DATABASE: account.database,
      };
      return { outcomes, https: false };
    }
    case "mysql":
    case "mariadb": {
      const product = server === "mariadb" ? "mariadb" : "mysql";
      const account = mysqlAccount({ ...input, conventions: sqlConventions(product, input.container) });
      const outcomes = {
        MYSQL_USERNAME: account.username,
        MYSQL_PASSWORD: account.password,
        MYSQL_DATABASE: account.database,
      };
      return { outcomes, https: false };
    }
    case "elasticsearch":
    case "opensearch": {
      const product = server === "opensearch" ? "opensearch" : "elasticsearch";
      const { username, password, https } = searchConnection({ ...input, product });
      return { outcomes: { ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password }, https };
    }
    default:
      return unreachable(kind);
  }
}
