import { unreachable } from "../../contract/brand.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { EngineKind } from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { Credential, ObjectRef } from "../../contract/plan.ts";
import { Secret } from "../../contract/secret.ts";
import { lookUp, mentions, type Variable } from "./container-env.ts";
import { mysql, type Names, noPassword, postgresql } from "./conventions.ts";
import type { Container } from "./objects.ts";
import type { ReadData } from "./observed.ts";

export interface PlannedCredentials {
  /** Incomplete when there are diagnostics. */
  readonly credentials: readonly Credential[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface CredentialsInput {
  readonly kind: EngineKind;
  readonly owner: ObjectRef;
  readonly container: Container;
  /** The annotation. Null: what the container's environment says. */
  readonly database: string | null;
  readonly read: ReadData;
}

/** Who connects, with which password, to which database: what the database's own image would make of its environment. */
export function planCredentials(input: CredentialsInput): PlannedCredentials {
  const environment = new DatabaseEnvironment(input);
  const credentials = Object.entries(outcomes(input, environment)).flatMap(([name, outcome]) =>
    typeof outcome === "string" ? [] : [{ name, source: outcome.source, value: outcome.value }],
  );
  return { credentials, diagnostics: environment.diagnostics };
}

type Found = Pick<Credential, "source" | "value">;
/** A failure is reported already. */
type Outcome = Found | "unset" | "failed";

/** By the name of the dumper's variable, in the order in which they are shown. */
function outcomes(input: CredentialsInput, environment: DatabaseEnvironment): Readonly<Record<string, Outcome>> {
  switch (input.kind) {
    case "postgresql":
      return postgresqlOutcomes(input, environment);
    case "mysql":
    case "mariadb":
      return mysqlOutcomes(input, environment);
    case "elasticsearch":
    case "opensearch":
      return {};
    default:
      return unreachable(input.kind);
  }
}

function postgresqlOutcomes({ database }: CredentialsInput, environment: DatabaseEnvironment) {
  const username = orElse(environment.first(postgresql.username), byDefault("postgres", "the image's default"));
  return {
    POSTGRESQL_USERNAME: username,
    POSTGRESQL_PASSWORD: environment.password(postgresql.password),
    POSTGRESQL_DATABASE: named(database) ?? orElse(environment.first(postgresql.database), likeUser(username)),
  };
}

function mysqlOutcomes({ database }: CredentialsInput, environment: DatabaseEnvironment) {
  const user = environment.first(mysql.username);
  const root = () => orElse(environment.first(mysql.rootUsername), byDefault("root", "the superuser"));
  const every = byDefault(mysql.everyDatabase, "no database is named: every one that is not the server's own");
  return {
    MYSQL_USERNAME: user === "unset" ? root() : user,
    MYSQL_PASSWORD: environment.password(user === "unset" ? mysql.rootPassword : mysql.password),
    MYSQL_DATABASE: named(database) ?? orElse(environment.first(mysql.database), every),
  };
}

/** Reads the container's variables by their several names, and gathers what is wrong. */
class DatabaseEnvironment {
  readonly diagnostics: Diagnostic[] = [];
  readonly #input: CredentialsInput;

  constructor(input: CredentialsInput) {
    this.#input = input;
  }

  /** The first of the names that is set. An empty variable counts as not set, as in the images' own scripts. */
  first(names: Names): Outcome {
    for (const name of names) {
      const variable = this.#lookUp(name);
      if (variable.state === "failed") return this.#failed(name, variable.code, variable.problem);
      if (variable.state === "set" && variable.value?.reveal() !== "") return variable;
      const file = `${name}_FILE`;
      if (mentions(this.#input.container, file)) {
        const problem = `The variable ${file} names a file in the container, and files are not read.`;
        return this.#failed(file, "credential-unreadable", problem);
      }
    }
    return "unset";
  }

  /** The password, which is empty where the database is told to ask for none. */
  password(names: Names): Outcome {
    const found = this.first(names);
    if (found !== "unset") return found;
    for (const [name, pattern] of Object.entries(noPassword)) {
      const variable = this.#lookUp(name);
      if (variable.state === "set" && variable.value !== null && pattern.test(variable.value.reveal())) {
        return byDefault("", `${name} lets everybody in without one`);
      }
    }
    return this.#failed(names[0], "credential-missing", `None of ${names.join(", ")} is set in the container.`);
  }

  #lookUp(name: string): Variable {
    const { container, owner, read } = this.#input;
    return lookUp(container, owner.namespace, name, read);
  }

  /** A container whose whole environment is missing is told once. */
  #failed(name: string, code: "credential-missing" | "credential-unreadable", problem: string): "failed" {
    if (!this.diagnostics.some((one) => one.problem === problem)) {
      const { container, owner } = this.#input;
      const remedy = `Set it in the container "${container.name}", as a value or by a key of a Secret that the operator may get.`;
      this.diagnostics.push({ code, subject: owner, field: name, problem, remedy });
    }
    return "failed";
  }
}

function orElse(outcome: Outcome, other: Outcome): Outcome {
  return outcome === "unset" ? other : outcome;
}

function byDefault(value: string, because: string): Found {
  return { value: new Secret(value), source: { from: "default", because } };
}

/** The official image names the database after the user. */
function likeUser(username: Outcome): Outcome {
  return typeof username === "string"
    ? username
    : { value: username.value, source: { from: "default", because: "the image's default is the user's name" } };
}

/** What the annotation says, over everything else. */
function named(database: string | null): Found | null {
  const source = { from: "literal", variable: `${annotationPrefix}database` } as const;
  return database === null ? null : { value: new Secret(database), source };
}
