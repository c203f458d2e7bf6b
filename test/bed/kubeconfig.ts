import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { base64Of, issueCertificate, type Authority, type Certificate } from "./certificates.ts";

/** How an API server is reached and believed. */
export interface ApiAccess {
  /** `https://HOST:PORT` */
  readonly server: string;
  readonly authority: Authority;
  /** Where kubeconfigs are written. */
  readonly directory: string;
}

/** Issues a client certificate for a user and writes the kubeconfig that uses it. Returns the file's path. */
export async function userKubeconfig(
  api: ApiAccess,
  name: string,
  user: string,
  groups: readonly string[] = [],
): Promise<string> {
  const subject = [...groups.map((group) => `/O=${group}`), `/CN=${user}`].join("");
  const certificate = await issueCertificate(api.authority, name, subject);
  return writeKubeconfig(api, name, credentialsOf(certificate));
}

/** Writes the kubeconfig of a service account from a token of its. Returns the file's path. */
export function tokenKubeconfig(api: ApiAccess, name: string, token: string): string {
  return writeKubeconfig(api, name, { token });
}

function writeKubeconfig(api: ApiAccess, name: string, user: object): string {
  const file = join(api.directory, `${name}.kubeconfig`);
  const cluster = { server: api.server, "certificate-authority-data": base64Of(api.authority.certificateFile) };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "bed",
    clusters: [{ name: "bed", cluster }],
    users: [{ name, user }],
    contexts: [{ name: "bed", context: { cluster: "bed", user: name } }],
  };
  writeFileSync(file, JSON.stringify(kubeconfig, undefined, 2), { mode: 0o600 }); // JSON is YAML
  return file;
}

function credentialsOf(certificate: Certificate): object {
  return {
    "client-certificate-data": base64Of(certificate.certificateFile),
    "client-key-data": base64Of(certificate.keyFile),
  };
}
