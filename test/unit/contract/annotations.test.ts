import { describe, expect, test } from "@jest/globals";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import { parseAnnotations, type SettingsDefaults } from "../../../contract/annotations.ts";
import { annotationPrefix } from "../../../contract/labels.ts";

const subject = { kind: "Deployment", namespace: "shop", name: "db" };
const defaults: SettingsDefaults = { encryptionEnabled: false, recipients: [], compression: "gzip" };
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const postQuantumRecipient = await generateHybridIdentity().then(identityToRecipient);
const minimal = { enabled: "true", type: "postgresql", schedule: "0 3 * * *" };

function read(settings: Record<string, string>, overrides: Partial<SettingsDefaults> = {}) {
  const annotations = Object.fromEntries(Object.entries(settings).map(([key, text]) => [annotationPrefix + key, text]));
  return parseAnnotations(annotations, subject, { ...defaults, ...overrides });
}

function codes(result: ReturnType<typeof read>): readonly string[] {
  return (result.ok ? result.warnings : result.diagnostics).map(
    ({ code, field }) => `${code} ${field?.slice(annotationPrefix.length) ?? ""}`,
  );
}

test("fills in every default", () => {
  expect(read(minimal)).toEqual({
    ok: true,
    warnings: [],
    value: {
      engine: { kind: "postgresql", version: null },
      schedule: "0 3 * * *",
      timeZone: "Etc/UTC",
      compression: "gzip",
      recipients: [],
      service: null,
      port: null,
      container: null,
      database: null,
      skip: [],
    },
  });
});

test("reads what to leave out, in one order", () => {
  const said = { ...minimal, type: "mysql", skip: "events, routines" };

  expect(read(said)).toMatchObject({ ok: true, value: { skip: ["routines", "events"] } });
  expect(codes(read({ ...said, skip: "events,globals" }))).toEqual(["annotation-invalid skip"]);
});

test.each([
  ["postgresql", { version: "18" }, { kind: "postgresql", version: "18" }],
  ["mysql", {}, { kind: "mysql", version: null }],
  ["mysql", { version: "5.7" }, { kind: "mysql", version: "5.7" }],
  ["mariadb", {}, { kind: "mariadb" }],
  ["opensearch", {}, { kind: "opensearch", pageSize: 2000 }],
  ["elasticsearch", {}, { kind: "elasticsearch", pageSize: 2000 }],
  ["elasticsearch", { "elasticsearch-limit": "10000" }, { kind: "elasticsearch", pageSize: 10000 }],
])("reads the engine of type %s with %j", (type, more, engine) => {
  expect(read({ ...minimal, type, ...more })).toMatchObject({ ok: true, value: { engine } });
});

describe("enabled", () => {
  test.each([
    [{}],
    [{ owner: "shop/db" }],
    [{ enabled: "false" }],
    [{ ...minimal, enabled: "false", schedule: "nonsense" }],
  ])("%j is off", (settings) => {
    expect(read(settings)).toEqual({ ok: true, value: "off", warnings: [] });
  });

  test.each(["True", "yes", "1", "", "on", " true"])("%j is invalid, which is not off", (enabled) => {
    expect(codes(read({ ...minimal, enabled }))).toEqual(["annotation-invalid enabled"]);
  });

  const { enabled, ...others } = minimal;

  test.each(["enable", "Enabled", "enabeld", "ENABLED"])("misspelt as %s it is missing, which is not off", (key) => {
    const result = read({ ...others, [key]: enabled });

    expect(codes(result)).toEqual(["annotation-missing enabled", `annotation-unknown ${key}`]);
    expect(JSON.stringify(result)).toContain(`Did you mean ${annotationPrefix}enabled?`);
  });

  test.each(["type", "skip", "database", "foo", "enabled/x", ""])(
    "is missing where %j is the only key of ours, which is not off",
    (key) => {
      const result = read({ [key]: "x" });

      expect(result.ok).toBe(false);
      expect(codes(result)).toContain("annotation-missing enabled");
    },
  );
});

test("reports every problem at once, and each names its annotation", () => {
  const result = read({
    enabled: "maybe",
    schedule: "61 * * * *",
    timezone: "Mars",
    compression: "rar",
    port: "0",
    service: "Not A Name",
    "encryption-enabled": "perhaps",
  });

  expect(codes(result)).toEqual([
    "annotation-invalid enabled",
    "annotation-missing type",
    "annotation-invalid schedule",
    "annotation-invalid timezone",
    "annotation-invalid compression",
    "annotation-invalid encryption-enabled",
    "annotation-invalid service",
    "annotation-invalid port",
  ]);
});

test("warns of an unknown annotation and names the nearest", () => {
  const result = read({ ...minimal, shedule: "0 4 * * *", zzz: "1", owner: "shop/db" });

  expect(codes(result)).toEqual(["annotation-unknown shedule", "annotation-unknown zzz"]);
  expect(result).toMatchObject({ ok: true, warnings: [{ remedy: `Did you mean ${annotationPrefix}schedule?` }, {}] });
});

test.each([
  ["mariadb", { version: "11.4" }, ["annotation-unused version"]],
  ["elasticsearch", { version: "8" }, ["annotation-unused version"]],
  ["postgresql", { "elasticsearch-limit": "no" }, ["annotation-unused elasticsearch-limit"]],
  ["opensearch", { "elasticsearch-limit": "10", database: "d" }, ["annotation-unused database"]],
])("warns of what says nothing for %s: %j", (type, more, expected) => {
  const result = read({ ...minimal, type, ...more });

  expect(result.ok).toBe(true);
  expect(codes(result)).toEqual(expected);
});

describe("encryption", () => {
  test.each([
    ["off without a word", {}, {}, []],
    ["on with its own recipient", { "encryption-enabled": "true", "encryption-recipient": recipient }, {}, [recipient]],
    ["on with the operator's recipient", { "encryption-enabled": "true" }, { recipients: [recipient] }, [recipient]],
    ["on by the operator's default", {}, { encryptionEnabled: true, recipients: [recipient] }, [recipient]],
    [
      "off against the operator's default",
      { "encryption-enabled": "false" },
      { encryptionEnabled: true, recipients: [recipient] },
      [],
    ],
    [
      "a recipient that the operator's default turns on",
      { "encryption-recipient": recipient },
      { encryptionEnabled: true },
      [recipient],
    ],
    ["a recipient kept for later", { "encryption-enabled": "false", "encryption-recipient": recipient }, {}, []],
  ])("%s", (_name, settings, overrides, recipients) => {
    expect(read({ ...minimal, ...settings }, overrides as Partial<SettingsDefaults>)).toMatchObject({
      ok: true,
      value: { recipients },
    });
  });

  test.each([
    [
      "a recipient without a word on encryption is not plain text",
      { "encryption-recipient": recipient },
      "encryption-undecided encryption-recipient",
    ],
    ["no recipient anywhere", { "encryption-enabled": "true" }, "recipient-missing encryption-recipient"],
    [
      "an empty recipient",
      { "encryption-enabled": "true", "encryption-recipient": " , " },
      "recipient-missing encryption-recipient",
    ],
    [
      "a recipient with a wrong checksum",
      { "encryption-enabled": "true", "encryption-recipient": recipient.replace("ql3z", "ql3y") },
      "annotation-invalid encryption-recipient",
    ],
    [
      "a classic recipient beside a post-quantum one",
      { "encryption-enabled": "true", "encryption-recipient": `${recipient},${postQuantumRecipient}` },
      "recipients-mixed encryption-recipient",
    ],
    [
      "a broken recipient though encryption is off",
      { "encryption-enabled": "false", "encryption-recipient": "age1x" },
      "annotation-invalid encryption-recipient",
    ],
  ])("%s is an error", (_name, settings, code) => {
    expect(codes(read({ ...minimal, ...settings }))).toEqual([code]);
  });

  test("never repeats a secret key that was put where the public key belongs", () => {
    const key = "AGE-SECRET-KEY-1PEQJ2FFV6DJ7PD4RL9V7GCLKTXQMAULM98X865PD00NLNV79F6CSY7P08S";

    const result = read({ ...minimal, "encryption-enabled": "true", "encryption-recipient": key });

    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain(key.slice(16, 40));
  });
});
