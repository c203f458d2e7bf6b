import { postgresqlVersions } from "../contract/engine.ts";
import { version } from "../contract/version.ts";

/**
 * What an image holds. The Dockerfile of its folder says the same, and a test holds the two together; from this the images are
 * also built where there is no container engine.
 */
export interface ImageDefinition {
  readonly name: string;
  readonly dockerfile: string;
  readonly target: string;
  /** On top of the base, which brings `/usr/local/bin/node`. */
  readonly debianPackages: readonly string[];
  /** From a repository that only the Dockerfile adds: an image that is built without a container engine lacks them. */
  readonly foreignPackages?: readonly string[];
  /** From `build/`, where `npm run bundle` writes, to a path in the image. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
}

const common = { workdir: "/app", user: "65532:65532" } as const;

export const operatorImage: ImageDefinition = {
  ...common,
  name: `ksnapshot/operator:${version}`,
  dockerfile: "operator/Dockerfile",
  target: "operator",
  debianPackages: [],
  files: [{ from: "operator.js", to: "/app/operator.js" }],
  env: { NODE_ENV: "production" },
  entrypoint: ["node", "/app/operator.js"],
};

/**
 * A dump is short-lived memory: left to themselves, a larger young generation and an arena of malloc for each thread let 24 MiB
 * (a SQL dump to S3) to 40 MiB (pages of documents) more of it lie about.
 */
export const dumperEnv = { NODE_ENV: "production", NODE_OPTIONS: "--max-semi-space-size=1", MALLOC_ARENA_MAX: "2" };

const dumper = {
  ...common,
  files: [{ from: "dumper.js", to: "/app/dumper.js" }],
  env: dumperEnv,
  entrypoint: ["node", "/app/dumper.js"],
} as const;

/** The newest clients dump every server that is supported; those of its own major write what goes back into it as it is. */
export const postgresqlDumperImage: ImageDefinition = {
  ...dumper,
  name: `ksnapshot/dumper-postgresql:${version}`,
  dockerfile: "dumper/postgresql.Dockerfile",
  target: "postgresql",
  debianPackages: ["ca-certificates", "isal", "postgresql-client-18", "zstd"],
  foreignPackages: postgresqlVersions.filter((major) => major !== "18").map((major) => `postgresql-client-${major}`),
  // Debian's own pg_dump is a Perl wrapper that looks for local servers; the real one must be found first.
  env: { ...dumperEnv, PATH: "/usr/lib/postgresql/18/bin:/usr/local/bin:/usr/bin:/bin" },
};

export const images: readonly ImageDefinition[] = [
  operatorImage,
  postgresqlDumperImage,
  {
    ...dumper,
    name: `ksnapshot/dumper-mysql:${version}`,
    dockerfile: "dumper/mysql.Dockerfile",
    target: "mysql",
    debianPackages: ["ca-certificates", "isal", "mysql-client-core", "zstd"],
  },
  {
    ...dumper,
    name: `ksnapshot/dumper-mariadb:${version}`,
    dockerfile: "dumper/mariadb.Dockerfile",
    target: "mariadb",
    debianPackages: ["ca-certificates", "isal", "mariadb-client", "zstd"],
  },
  {
    ...dumper,
    name: `ksnapshot/dumper-elasticsearch:${version}`,
    dockerfile: "dumper/elasticsearch.Dockerfile",
    target: "elasticsearch",
    debianPackages: ["ca-certificates", "isal", "zstd"],
  },
];
