import { type FieldReader, integer, nonEmpty, secret } from "./field-reader.ts";
import type { Secret } from "./secret.ts";
import { parseSkip, type SkipKind } from "./skip.ts";

export interface SearchRequest {
  readonly kind: "elasticsearch" | "opensearch";
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Null: none is sent. */
  readonly credentials: SearchCredentials | null;
  /** Path of a PEM file with the authorities to trust. Null: the system's. */
  readonly caFile: string | null;
  /** Documents asked for at a time, 1 to 10,000. Pages are limited in bytes besides. */
  readonly pageSize: number;
  readonly skip: readonly SkipKind<"search">[];
}

export type SearchCredentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: Secret }
  /** As the server gives it, in base64: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-create-api-key */
  | { readonly kind: "api-key"; readonly key: Secret };

/** Documents in a page. The original's 1,000 take a third more of the server's CPU; with more, pages of 1 KB each take more memory. */
export const defaultPageSize = 2_000;

/** What of them nothing may show. */
export function credentialSecrets(credentials: SearchCredentials | null): readonly Secret[] {
  if (credentials === null) return [];
  return [credentials.kind === "basic" ? credentials.password : credentials.key];
}

export type SearchVariable =
  | "ELASTICSEARCH_SCHEME"
  | "ELASTICSEARCH_HOST"
  | "ELASTICSEARCH_PORT"
  | "ELASTICSEARCH_USERNAME"
  | "ELASTICSEARCH_PASSWORD"
  | "ELASTICSEARCH_API_KEY"
  | "ELASTICSEARCH_CA_FILE"
  | "ELASTICDUMP_LIMIT"
  | "SKIP";

/** Reads the `ELASTICSEARCH_*` variables. What is wrong is reported to the reader. */
export function parseSearch(kind: SearchRequest["kind"], reader: FieldReader<SearchVariable>): SearchRequest {
  return {
    kind,
    scheme: reader.oneOf("ELASTICSEARCH_SCHEME", ["http", "https"]) ?? "http",
    host: reader.required("ELASTICSEARCH_HOST", nonEmpty) ?? "",
    port: reader.optional("ELASTICSEARCH_PORT", integer(1, 65535)) ?? 9200,
    credentials: credentialsOf(reader),
    caFile: reader.optional("ELASTICSEARCH_CA_FILE", nonEmpty),
    pageSize: reader.optional("ELASTICDUMP_LIMIT", integer(1, 10_000)) ?? defaultPageSize,
    skip: reader.optional("SKIP", parseSkip("search")) ?? [],
  };
}

function credentialsOf(reader: FieldReader<SearchVariable>): SearchCredentials | null {
  const key = reader.optional("ELASTICSEARCH_API_KEY", secret);
  const username = reader.optional("ELASTICSEARCH_USERNAME", nonEmpty);
  if (key !== null && username !== null) {
    const problem = "An API key and a user are given, and only one of them can be sent.";
    reader.report("env-invalid", "ELASTICSEARCH_API_KEY", problem, "Remove one of the two.");
  }
  if (key !== null) return { kind: "api-key", key };
  if (username === null) return null;
  const password = reader.required("ELASTICSEARCH_PASSWORD", secret);
  return password === null ? null : { kind: "basic", username, password };
}
