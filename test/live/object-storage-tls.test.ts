import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../bed/certificates.ts";
import { type S3Server, startVersitygwWithTls } from "../bed/s3.ts";
import { bucketStorage, checkStorage, type TestStorage } from "./storages.ts";

let server: S3Server & { readonly caFile: string };
let seen: TestStorage;
let work: string;

beforeAll(async () => {
  server = await startVersitygwWithTls();
  seen = await bucketStorage(server, server.endpoint, server.caFile);
  work = await mkdtemp(join(tmpdir(), "ksnapshot-tls-"));
}, 900_000); // the server may have to be built

afterAll(() => server.stop());

test("an endpoint whose authority is given is trusted", async () => {
  expect(await checkStorage(seen.env)).toMatchObject({ code: "well" });
});

test.each([
  { what: "no authority", file: () => "", code: "storage", message: /; put the authority .* by BACKEND_S3_CA_FILE/ },
  {
    what: "another authority",
    file: async () => (await createAuthority(work, "somebody else")).certificateFile,
    code: "storage",
    message: /; put the authority .* by BACKEND_S3_CA_FILE/,
  },
  {
    what: "a file that is not there",
    file: () => join(work, "missing.pem"),
    code: "invalid",
    message: /missing\.pem cannot be read: ENOENT.*; let BACKEND_S3_CA_FILE name/,
  },
  {
    what: "a file without a certificate",
    file: async () => {
      const path = join(work, "empty.pem");
      await writeFile(path, "nothing\n");
      return path;
    },
    code: "invalid",
    message: /empty\.pem cannot be read: .*; let BACKEND_S3_CA_FILE name/,
  },
])("with $what it is refused, and why is told", async ({ file, code, message }) => {
  const ended = await checkStorage({ ...seen.env, BACKEND_S3_CA_FILE: await file() });

  expect(ended).toMatchObject({ code, message: expect.stringMatching(message) });
});

test("a URL that says http where TLS is spoken is told", async () => {
  const plain = server.endpoint.replace("https:", "http:");

  const ended = await checkStorage({ ...seen.env, BACKEND_S3_ENDPOINT: plain });

  expect(ended).toMatchObject({
    code: "storage",
    message: expect.stringContaining("that it speaks http or https as its URL says"),
  });
}, 60_000);
