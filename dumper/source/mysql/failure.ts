import { type Secret, scrub } from "../../../contract/secret.ts";
import { RunFailed } from "../../failure.ts";
import type { Exit } from "../../process/child.ts";
import { programFailed, type Remedies } from "../../remedies.ts";

/** What to do where it depends on who asks: what a server is reached by was given in another way. */
export interface Advice {
  readonly signIn: string;
  readonly product: string;
  readonly grant: string;
  readonly reach: string;
  readonly tls: string;
}

const dumpAdvice: Advice = {
  signIn: "correct the user or password that the workload's pods have",
  product: "use the dumper image of the server's own product",
  grant: "grant it to the user; ksnapshot dump --check lists every missing grant",
  reach: "check that the database runs and that the network lets this pod reach it",
  tls: "check MYSQL_SSL_MODE and MYSQL_CA_FILE",
};

/** Where a person restores. */
export const restoreAdvice: Advice = {
  signIn: "correct the user in --to, or the password in MYSQL_PWD",
  product: "install the client programs of the server's own product",
  grant: "restore as an administrator",
  reach: "check the host and port in --to, that the server runs, and that the network lets this machine reach it",
  tls: "check ssl-mode and ssl-ca in --to",
};

/** Of an account's own limits on queries, connections or updates. */
const limitRemedy = [
  /has exceeded the '\w+' resource/,
  "raise the limit of the account by ALTER USER … WITH MAX_QUERIES_PER_HOUR 0 (the server says max_questions for it) or the like, or wait until its hour is over",
] as const;

/** What the programs and the server say. */
const remediesFor = ({ signIn, product, grant, reach, tls }: Advice): Remedies => [
  limitRemedy,
  [
    /Access denied for user .* to database|Unknown database/,
    "correct the name of the database, or grant it to the user",
  ],
  [/Access denied for user|caching_sha2_password' reported error/, signIn],
  [
    /Plugin .* could not be loaded|Authentication plugin .* cannot be loaded/,
    `${product}: the account signs in by a plugin that is not here`,
  ],
  [/command denied|insufficient privileges|Access denied; you need/, grant],
  [/references invalid table/, "repair or drop the view, or leave views out by skip"],
  [/max_allowed_packet/, "raise max_allowed_packet of the server: a row must fit twice"],
  [/Can't connect|Unknown (MySQL |MariaDB )?server host|Connection refused|timed out|\(110|\(111|\(113/, reach],
  [/could not be started/, "install the client programs of the server's product"],
  [/doesn't exist/, "a table was dropped or renamed during the dump: run it again, at another time"],
  [/definition has changed/, "a table was altered during the dump: run it again, at another time"],
  [/SSL|TLS|certificate/i, tls],
  [
    /Lost connection|gone away|Server shutdown|Error reading/i,
    "look at the database server's log for what ended the connection",
  ],
];

/** What mysqldump 9.7 says of itself and of MariaDB servers, and what has no consequence. */
const noise = /dump masking policies|^-- Warning|^Warning: |terminology mode/;

/**
 * The failure of a client that passes over what fails, and did not come to its end.
 * @param stderr what it wrote
 * @param ended that and where it ended, for the case that it does not say why
 */
export function endedEarly(stderr: string, password: Secret | null, ended: string, otherwise: string): RunFailed {
  const said = stderr.split("\n").find((line) => limitRemedy[0].test(line));
  if (said === undefined) return new RunFailed("source", ended, { remedy: otherwise });
  return new RunFailed("source", scrub(said, password === null ? [] : [password]), { remedy: limitRemedy[1] });
}

/**
 * The failure of a program of MySQL or MariaDB, without the password, and with what to do.
 * @param first what to do where the same words mean something else than in a dump
 * @param advice default: what one who dumps is told
 */
export function mysqlFailed(
  exit: Exit,
  password: Secret | null,
  first: Remedies = [],
  advice: Advice = dumpAdvice,
): RunFailed {
  const stderr = exit.stderr
    .split("\n")
    .filter((line) => !noise.test(line))
    .join("\n");
  const otherwise = "look at the database server's log";
  return programFailed(
    { ...exit, stderr },
    { password, remedies: [...first, ...remediesFor(advice)], otherwise, passwordMissing: "(using password: NO)" },
  );
}
