import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import {
  account,
  type Grant,
  grantedDatabase,
  fullName,
  isGranted,
  isGrantedGlobally,
  type Privilege,
} from "./grants.ts";
import { programsNamed } from "./programs.ts";
import type { DatabaseState, ServerState } from "./server-state.ts";
import type { Session } from "./session.ts";
import { limits } from "./session-settings.ts";
import type { Tools } from "./tools.ts";

type Wish = Pick<MysqlRequest, "database" | "options" | "sslMode" | "tables" | "excludedTables" | "skip">;

/** Every reason for which a dump would fail or miss something, each with what to do. Empty: it would be whole. */
export function problemsOf(state: ServerState, wish: Wish, tools: Tools): readonly string[] {
  return [
    ...versionProblems(state, tools),
    ...tlsProblems(state, wish),
    ...grantProblems(state, wish),
    ...viewProblems(state, wish),
    ...sequenceProblems(state, tools),
    ...programProblems(state, wish, tools),
  ];
}

/** A tool knows the objects of its own time: of a later server's it would leave out some, or stop at them. */
function versionProblems({ family, version }: ServerState, tools: Tools): readonly string[] {
  if (family !== tools.family || major(tools.version) >= major(version)) return [];
  return [
    `${tools.dump} ${tools.version} is older than the server, ${version}. Use ${tools.dump} ${major(version)} or later: the image ksnapshot/dumper-${family}.`,
  ];
}

/** MariaDB's tool can always be told what its session is to have, MySQL's only by an option of later versions. */
export function sessionProblems({ changed }: Pick<Session, "changed">, tools: Tools): readonly string[] {
  if (tools.family === "mariadb" || tools.options.has("--init-command")) return [];
  const reaching = Object.keys(limits).filter((name) => changed.has(name));
  return reaching.length === 0
    ? []
    : [
        `The server's settings ${reaching.map((name) => `${name}=${changed.get(name) ?? ""}`).join(", ")} would cut what ${tools.dump} ${tools.version} reads, which cannot be told otherwise: it has no --init-command. Use a later one: the image ksnapshot/dumper-mysql.`,
      ];
}

function tlsProblems({ isEncrypted }: ServerState, { sslMode }: Wish): readonly string[] {
  const isWanted = sslMode !== "disabled" && sslMode !== "preferred";
  return isWanted && !isEncrypted
    ? [
        `The connection is not encrypted, and MYSQL_SSL_MODE is ${sslMode}. Give the server a certificate, or allow plain connections.`,
      ]
    : [];
}

function grantProblems(state: ServerState, wish: Wish): readonly string[] {
  const missing = missingGrants(state, wish);
  return missing.length === 0
    ? []
    : [
        `The user ${account(state.user)} may not read all that a whole dump needs. Run as root, or leave kinds out by skip:\n${missing.map((grant) => `  ${grant};`).join("\n")}`,
      ];
}

/** The statements that give the user what is missing, one for each place. */
export function missingGrants(state: ServerState, wish: Wish): readonly string[] {
  const { grants, databases, user } = state;
  const to = account(user);
  const wanted = databases.flatMap((database) =>
    databaseGrants(database, grants, wish).map((grant) => `GRANT ${grant} TO ${to}`),
  );
  const unseen = wish.database === null && !seesAllDatabases(grants) ? [`GRANT SHOW DATABASES ON *.* TO ${to}`] : [];
  const routines = databases.some((database) => lacksRoutines(database, state, wish))
    ? [`${routinesGrant(state)} TO ${to}`]
    : [];
  return [...unseen, ...wanted, ...routines, ...gtidsGrant(state, wish).map((grant) => `${grant} TO ${to}`)];
}

/** The tool locks all tables for a moment, to say of which transactions the dump is. */
function gtidsGrant({ hasGtids, grants }: ServerState, { options }: Wish): readonly string[] {
  const isWanted = hasGtids && options.includes("--set-gtid-purged=COMMENTED");
  return isWanted && !isGrantedGlobally(grants, "RELOAD") ? ["GRANT RELOAD ON *.*"] : [];
}

function databaseGrants(database: DatabaseState, grants: readonly Grant[], wish: Wish): readonly string[] {
  const { name, tables } = database;
  const skips = (kind: Wish["skip"][number]) => wish.skip.includes(kind);
  if (wish.tables.length > 0) {
    const needed: Privilege[] = ["SELECT", ...(skips("triggers") ? [] : ["TRIGGER" as const])];
    return wish.tables.flatMap((table) => {
      const lacking = needed.filter((privilege) => !isGranted(grants, privilege, name, table));
      return lacking.length === 0 ? [] : [`${lacking.join(", ")} ON ${fullName(name, table)}`];
    });
  }
  const seesTables = isGranted(grants, "SELECT", name);
  const hasViews = !seesTables || tables.some(({ kind }) => kind === "view");
  const needed: Privilege[] = [
    "SELECT",
    ...(hasViews && !skips("views") ? ["SHOW VIEW" as const] : []),
    // Triggers and events are hidden from who may not have them: that there are none cannot be known.
    ...(skips("triggers") ? [] : ["TRIGGER" as const]),
    ...(skips("events") ? [] : ["EVENT" as const]),
  ];
  const lacking = needed.filter((privilege) => !isGranted(grants, privilege, name));
  return lacking.length === 0 ? [] : [`${lacking.join(", ")} ON ${grantedDatabase(name)}.*`];
}

/** Without it, or any right everywhere, a server shows only the databases in which the user has a right. */
function seesAllDatabases(grants: readonly Grant[]): boolean {
  return grants.some(
    ({ isRevoke, database, privileges }) =>
      !isRevoke && database === null && !(privileges.size === 1 && privileges.has("USAGE")),
  );
}

/** A routine's name is shown to who may run or change it, what it does only to its definer and to who may see all. */
function lacksRoutines({ name, routines }: DatabaseState, state: ServerState, { skip, tables }: Wish): boolean {
  if (skip.includes("routines") || tables.length > 0 || readsAllRoutines(state)) return false;
  const seesNames = (["EXECUTE", "CREATE ROUTINE", "ALTER ROUTINE"] as const).some((privilege) =>
    isGranted(state.grants, privilege, name),
  );
  return !seesNames || routines.some(({ isReadable }) => !isReadable);
}

/** https://dev.mysql.com/doc/refman/en/show-create-procedure.html */
function readsAllRoutines({ family, version, grants }: ServerState): boolean {
  if (isGrantedGlobally(grants, "SELECT")) return true;
  return hasShowRoutine(family, version)
    ? isGrantedGlobally(grants, "SHOW_ROUTINE")
    : hasProcTable(family, version) && isGranted(grants, "SELECT", "mysql", "proc");
}

function routinesGrant({ family, version }: ServerState): string {
  if (hasShowRoutine(family, version)) return "GRANT SHOW_ROUTINE ON *.*";
  return hasProcTable(family, version) ? "GRANT SELECT ON `mysql`.`proc`" : "GRANT SELECT ON *.*";
}

function hasShowRoutine(family: ServerState["family"], version: string): boolean {
  return family === "mysql" && isAtLeast(version, [8, 0, 20]);
}

function hasProcTable(family: ServerState["family"], version: string): boolean {
  return family === "mariadb" || major(version) < 8;
}

function viewProblems({ databases }: ServerState, { skip, tables, excludedTables }: Wish): readonly string[] {
  if (skip.includes("views")) return [];
  const broken = databases.flatMap((database) =>
    database.tables
      .filter(
        ({ isReadable, name }) =>
          !isReadable && !excludedTables.includes(name) && (tables.length === 0 || tables.includes(name)),
      )
      .map(({ name }) => fullName(database.name, name)),
  );
  return broken.length === 0
    ? []
    : [
        `The views ${broken.join(", ")} refer to what is gone, or to what their definer may not read, and the dump tool stops there. Repair or drop them, or leave views out by skip.`,
      ];
}

/** MySQL's tool takes a sequence for a table, and its dump for one does not go back. */
function sequenceProblems({ databases }: ServerState, tools: Tools): readonly string[] {
  const has = databases.some(({ tables }) => tables.some(({ kind }) => kind === "sequence"));
  return has && tools.family === "mysql"
    ? [
        "There are sequences, which MySQL's mysqldump cannot dump. Use the image ksnapshot/dumper-mariadb, or install MariaDB's client programs.",
      ]
    : [];
}

/** A restore ends the one kind at the line that the other has in its midst: it could not tell what is text from what is run. */
function programProblems({ databases }: ServerState, wish: Wish, { family, dump }: Tools): readonly string[] {
  if (family !== "mysql") return [];
  return databases.flatMap((database) => {
    const [ending, lines] = [
      programsNamed(database, wish, "endsInComment"),
      programsNamed(database, wish, "hasDelimiterLine"),
    ];
    const endless = programsNamed(database, wish, "neverEnds");
    const stalls =
      endless.length === 0
        ? []
        : [
            `${dump} never ends at ${endless.join(", ")}, whose text holds ;;. Take the ;; out of it, or leave events out by skip.`,
          ];
    return ending.length === 0 || lines.length === 0
      ? stalls
      : [
          ...stalls,
          `The last line of ${ending.join(", ")} has a comment, into which ${dump} writes the delimiter, and ${lines.join(", ")} has a line DELIMITER ;, beside which no restore can find that. Move the comments from the last line, or take that line out.`,
        ];
  });
}

function isAtLeast(version: string, least: readonly [number, number, number]): boolean {
  const numbers = version.split(".").map(Number);
  const difference = least.map((one, index) => (numbers[index] ?? 0) - one).find((one) => one !== 0) ?? 0;
  return difference >= 0;
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}
