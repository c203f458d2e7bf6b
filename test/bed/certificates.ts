import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";

const VALID_DAYS = 3650;
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/** The files of one key pair. */
export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority made for one part; its files are `ca.crt` and `ca.key` of the folder. */
export interface Authority extends Certificate {
  readonly directory: string;
}

export async function createAuthority(directory: string, commonName: string): Promise<Authority> {
  const files = filesOf(directory, "ca");
  await run("openssl", [
    ...["req", "-x509", ...NEW_KEY, "-nodes"],
    ...["-subj", `/CN=${commonName}`, "-days", String(VALID_DAYS)],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ...["-keyout", files.keyFile, "-out", files.certificateFile],
  ]);
  return { directory, ...files };
}

/**
 * Issues a certificate for a server or a client.
 * @param subject as openssl writes it: `/O=system:masters/CN=admin`
 * @param alternativeNames as openssl writes them: `DNS:localhost`, `IP:127.0.0.1`
 * @param key RSA is for servers so old that they cannot use the other
 */
export async function issueCertificate(
  authority: Authority,
  name: string,
  subject: string,
  alternativeNames: readonly string[] = [],
  key: "P-256" | "RSA" = "P-256",
): Promise<Certificate> {
  const files = filesOf(authority.directory, name);
  const request = join(authority.directory, `${name}.csr`);
  const extensions = join(authority.directory, `${name}.ext`);
  writeFileSync(
    extensions,
    [
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
      ...(alternativeNames.length === 0 ? [] : [`subjectAltName=${alternativeNames.join(",")}`]),
    ].join("\n"),
  );
  await run("openssl", [
    ...["req", ...(key === "RSA" ? ["-newkey", "rsa:2048"] : NEW_KEY), "-nodes", "-subj", subject],
    ...["-keyout", files.keyFile, "-out", request],
  ]);
  await run("openssl", [
    ...["x509", "-req", "-in", request, "-CA", authority.certificateFile, "-CAkey", authority.keyFile],
    ...["-CAcreateserial", "-days", String(VALID_DAYS), "-extfile", extensions, "-out", files.certificateFile],
  ]);
  return files;
}

/** A file's content in base64, as kubeconfigs hold it. */
export function base64Of(file: string): string {
  return readFileSync(file).toString("base64");
}

function filesOf(directory: string, name: string): Certificate {
  return { certificateFile: join(directory, `${name}.crt`), keyFile: join(directory, `${name}.key`) };
}
