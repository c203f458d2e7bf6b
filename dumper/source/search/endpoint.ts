import type { SearchCredentials } from "../../../contract/search-request.ts";

/** Where a cluster is reached, and as whom. */
export interface SearchEndpoint {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Null: none is sent. */
  readonly credentials: SearchCredentials | null;
  /** Path of a PEM file with the authorities to trust. Null: the system's. */
  readonly caFile: string | null;
}

/** `http://host:9200`, without credentials. */
export function addressOf({ scheme, host, port }: SearchEndpoint): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The value of the header `authorization`. */
export function authorizationOf(credentials: SearchCredentials): string {
  return credentials.kind === "api-key"
    ? `ApiKey ${credentials.key.reveal()}`
    : `Basic ${Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString("base64")}`;
}
