import fc from "fast-check";
import { annotationKeys } from "../../contract/annotations.ts";

const jobVariables = ["BACKEND_S3_SECRET_KEY", "BACKEND_S3_ACCESS_KEY", "POSTGRESQL_PASSWORD", "HOSTNAME", "PATH"];

/** Texts that mean something to a program on the way from an annotation to a dump tool, if one of them forgot to escape. */
export const hostileTexts: readonly string[] = [
  ...jobVariables.flatMap((name) => [
    `$(${name})`,
    `$$(${name})`,
    `$$$(${name})`,
    `$(${name}`,
    `\${${name}}`,
    `\`${name}\``,
  ]),
  ...[
    "host=127.0.0.1 port=1",
    "postgresql://127.0.0.1:1/x",
    "--help",
    "-f/tmp/x",
    "--result-file=/tmp/x",
    "--",
    "../../x",
  ],
  ...[
    "a,b",
    "\n",
    "a\n--help",
    "\r\n",
    "\0",
    " ",
    "",
    "'",
    '"',
    "\\",
    "\\'",
    "a' host='b",
    "; rm -rf /",
    "| cat",
    "&& true",
  ],
  ...[
    "{{ .Values.x }}",
    "é",
    "\u{1F4A5}",
    "\uD800",
    "\u202E",
    "a".repeat(5000),
    "*",
    "%",
    "null",
    "~",
    "0",
    "-1",
    "1e9",
  ],
];

const engines = ["postgresql", "mysql", "mariadb", "elasticsearch", "opensearch"] as const;
const skips = {
  postgresql: "globals",
  mysql: "routines,events",
  mariadb: "triggers",
  elasticsearch: "policies",
  opensearch: "templates",
};

/** What each key may say of an engine. */
function validTexts(type: (typeof engines)[number]): Readonly<Record<string, readonly string[]>> {
  return {
    enabled: ["true"],
    type: [type],
    schedule: ["@daily", "H H * * *", "*/5 1-3 ? jan,feb MON", "@every 6h"],
    timezone: ["Europe/Paris", "Etc/GMT+12"],
    version: type === "mysql" ? ["8", "8.4"] : ["16"],
    service: ["web"],
    port: ["5432"],
    container: ["postgres"],
    database: ["shop", "*"],
    skip: [skips[type]],
    "elasticsearch-limit": ["1", "10000"],
    "encryption-enabled": ["true", "false"],
    "encryption-recipient": ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"],
    compression: ["zstd"],
  };
}

/** Any text at all: hostile ones, pieces of them, unicode, and now and then a mebibyte. */
export function anyText(): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary", maxLength: 8 }));
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...hostileTexts) },
    { weight: 8, arbitrary: fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join("")) },
    { weight: 4, arbitrary: fc.string({ unit: "grapheme" }) },
    { weight: 4, arbitrary: fc.string({ unit: "binary" }) },
    {
      weight: 1,
      arbitrary: piece.map((text) => (text === "" ? "x" : text).repeat(Math.ceil(2 ** 20 / Math.max(1, text.length)))),
    },
  );
}

/** Annotations of one workload, without the prefix: mostly valid, so that much of it is planned, and some of any text. */
export function anyAnnotations(): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc.constantFrom(...engines).chain((type) => {
    const valid = validTexts(type);
    const text = (key: string) =>
      fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...(valid[key] ?? [])) }, { weight: 1, arbitrary: anyText() });
    const texts = Object.fromEntries(annotationKeys.map((key) => [key, key === "database" ? anyText() : text(key)]));
    return fc.record(texts, { requiredKeys: ["enabled"] }).map((said) => ({
      type,
      schedule: "@daily",
      "encryption-enabled": "false",
      ...(said as Record<string, string>),
    }));
  });
}

/** Variables by which every engine's container is told who connects: `value` is each password and database. */
export function anyEngineEnv(value: string): readonly { readonly name: string; readonly value: string }[] {
  const names = ["POSTGRES_DB", "POSTGRES_PASSWORD", "MYSQL_DATABASE", "MYSQL_PASSWORD", "ELASTIC_PASSWORD"];
  const users = ["POSTGRES_USER", "MYSQL_USER"].map((name) => ({ name, value: "shop" }));
  return [...users, ...names.map((name) => ({ name, value }))];
}
