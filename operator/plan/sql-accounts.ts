import { annotationPrefix } from "../../contract/labels.ts";
import { Secret } from "../../contract/secret.ts";
import { type Conventions, everyDatabase, isBitnami } from "./conventions.ts";
import { byDefault, type DatabaseEnvironment, type Found, isFailure, type Outcome } from "./database-environment.ts";
import { managedLogin } from "./managed-accounts.ts";
import type { Container } from "./objects.ts";
import type { Workload } from "./workloads.ts";

const every = byDefault(everyDatabase, "no database is named: every one that is not the server's own");

export interface Account {
  readonly username: Outcome;
  readonly password: Outcome;
  readonly database: Outcome;
}

export interface AccountInput {
  readonly environment: DatabaseEnvironment;
  readonly conventions: Conventions;
  readonly workload: Workload;
  readonly container: Container;
  /** The annotation. */
  readonly database: string | null;
}

type Login = Pick<Account, "username" | "password">;

/**
 * PostgreSQL's images make their user the owner of its database, so that it can dump it. Every database is for the
 * superuser, where the two are not one.
 */
export function postgresqlAccount(input: AccountInput): Account {
  const { environment, conventions, workload, container, database } = input;
  const wantsEvery = database === everyDatabase;
  const user = userOf(input);
  const username = orElse(user.username, byDefault("postgres", "the image's default"));
  const named = said(database) ?? environment.first(conventions.database);
  const byName = isBitnami(container)
    ? byDefault("postgres", "Bitnami's default")
    : renamed(username, "the image's default is the user's name");
  const asUser = { username, password: user.password, database: orElse(named, byName) };
  if (user.password !== "unset" && !wantsEvery) return asUser;

  const superuser = superuserOf(input);
  // Spilo and Patroni name no database: theirs are made later, through the operator.
  if (superuser.password !== "unset") return { ...superuser, database: orElse(named, every) };
  if (user.password !== "unset") return asUser;
  const managed = managedLogin("postgresql", environment, workload, wantsEvery);
  if (managed !== null && managed.password !== "unset") {
    return { ...managed, database: orElse(named, orElse(managed.database, every)) };
  }
  const open = withoutPassword(environment, ["POSTGRES_HOST_AUTH_METHOD", "ALLOW_EMPTY_PASSWORD"]);
  const missing = environment.missing(conventions.user.password, managed?.reason ?? "");
  return { ...asUser, password: open ?? missing };
}

/**
 * MySQL's images give their user rights on the one database that they make with it, and none without. So whatever else is
 * wanted is for root.
 */
export function mysqlAccount(input: AccountInput): Account {
  const { environment, conventions, workload, container, database } = input;
  const user = userOf(input);
  const made = environment.first(conventions.database);
  const named = orElse(said(database) ?? made, every);
  const isMade = user.username !== "unset" && user.password !== "unset";
  const isUsers = made !== "unset" && (database === null || isFailure(made) || isText(made, database));
  if (isMade && isUsers) return { ...user, database: named };

  // Bitnami's makes a user without a password as well; the official images make none.
  const open = withoutPassword(environment, ["ALLOW_EMPTY_PASSWORD"]);
  if (user.username !== "unset" && isUsers && open !== null && isBitnami(container)) {
    return { username: user.username, password: open, database: named };
  }
  const superuser = superuserOf(input);
  if (superuser.password !== "unset") return { ...superuser, database: named };
  if (isMade) return { ...user, database: named };
  const managed = managedLogin("mysql", environment, workload, true);
  if (managed !== null && managed.password !== "unset") return { ...managed, database: named };
  const rootOpen = withoutPassword(environment, [
    ...["MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "MARIADB_ALLOW_EMPTY_PASSWORD"],
    "ALLOW_EMPTY_PASSWORD",
  ]);
  if (rootOpen !== null) return { username: superuser.username, password: rootOpen, database: named };
  const names = user.username === "unset" ? conventions.superuser.password : conventions.user.password;
  const password = environment.missing(names, managed?.reason ?? unknowable(environment));
  return { username: orElse(user.username, superuser.username), password, database: named };
}

function userOf({ environment, conventions: { user } }: AccountInput): Login {
  return { username: environment.first(user.username), password: environment.first(user.password) };
}

/** Never a guess: it is for what the user cannot do, and there may be none. */
function superuserOf({ environment, conventions: { superuser } }: AccountInput): Login {
  const username = orElse(environment.certain(superuser.username), byDefault(superuser.byDefault, "the superuser"));
  return { username, password: environment.certain(superuser.password) };
}

/** Variables, with the values, by which a database is told to let people in without a password. */
const letsIn: Readonly<Record<string, RegExp>> = {
  POSTGRES_HOST_AUTH_METHOD: /^trust$/,
  ALLOW_EMPTY_PASSWORD: /^(1|y|yes|true)$/i,
};

function withoutPassword(environment: DatabaseEnvironment, names: readonly string[]): Found | null {
  const name = names.find((one) => (letsIn[one] ?? /./).test(environment.setting(one) ?? ""));
  return name === undefined ? null : byDefault("", `${name} lets everybody in without one`);
}

/** Passwords that the database was never told in a form that could be used. */
function unknowable(environment: DatabaseEnvironment): string {
  const names = ["MYSQL_RANDOM_ROOT_PASSWORD", "MARIADB_RANDOM_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD_HASH"];
  const name = [...names, "MARIADB_PASSWORD_HASH"].find((one) => environment.setting(one));
  return name === undefined ? "" : `; by ${name} nothing but the database knows it`;
}

/** What the annotation says, over everything else. */
function said(database: string | null): Found | null {
  const source = { from: "literal", variable: `${annotationPrefix}database` } as const;
  return database === null ? null : { value: new Secret(database), source };
}

function isText(outcome: Outcome, text: string): boolean {
  return typeof outcome === "object" && !isFailure(outcome) && (outcome.value?.reveal() ?? text) === text;
}

function orElse(outcome: Outcome, other: Outcome): Outcome {
  return outcome === "unset" ? other : outcome;
}

function renamed(outcome: Outcome, because: string): Outcome {
  return outcome === "unset" || isFailure(outcome)
    ? outcome
    : { value: outcome.value, source: { from: "default", because } };
}
