import { expect, test } from "@jest/globals";
import { sentence } from "../../../contract/diagnostic.ts";
import { parseConfig } from "../../../synth/config-file.ts";
import { configTemplate } from "../../../synth/config-template.ts";

const good = "watchNamespaces: [shop]\nstorage:\n  s3:\n    bucket: acme-snapshots\n";
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

test("three lines are enough, and the defaults are the original's", () => {
  const read = parseConfig(good, "ksnapshot.yaml");

  expect(read).toMatchObject({
    ok: true,
    value: { name: "ksnapshot", namespace: "ksnapshot", createNamespace: true, compression: "gzip" },
  });
});

test.each([
  [
    "a placeholder of init",
    good.replace("acme-snapshots", "<bucket>"),
    "4: storage.s3.bucket: <bucket> is a placeholder.",
  ],
  [
    "a key that is mistyped",
    `${good}    regoin: eu-west-3\n`,
    "5: storage.s3.regoin: There is no such key. Did you mean region?",
  ],
  [
    "a key that resembles nothing",
    `${good}zzzzzz: 1\n`,
    "5: zzzzzz: There is no such key. The keys here are name, namespace,",
  ],
  [
    "a mistyped key in a list",
    `${good}operator:\n  tolerations:\n    - efect: a\n`,
    "7: operator.tolerations.0.efect: There is no such key. Did you mean effect?",
  ],
  ["what is required", "namespace: backup\n", "1: watchNamespaces: It is required and not set. Set it to a list."],
  ["an empty file", "# nothing yet\n", "1: storage: It is required and not set."],
  ["an empty list", good.replace("[shop]", "[]"), "1: watchNamespaces: The list is empty. Name at least one."],
  [
    "a namespace named twice",
    good.replace("[shop]", "[shop, shop]"),
    "1: watchNamespaces: A namespace is named twice.",
  ],
  [
    "an unfinished line",
    `${good}    region:\n`,
    "5: storage.s3.region: It is empty. Set it to a text, or remove the line.",
  ],
  ["a word that is no boolean", `${good}createNamespace: yes\n`, '5: createNamespace: "yes" is not true or false.'],
  [
    "a number where a text belongs",
    `${good}operator: { resources: { limits: { cpu: 2 } } }\n`,
    "5: operator.resources.limits.cpu: 2 is not a text. Write it in quotes.",
  ],
  [
    "a number out of bounds",
    `${good}operator: { reconcileIntervalSeconds: 90 }\n`,
    "5: operator.reconcileIntervalSeconds: 90 is more than 60",
  ],
  [
    "a value outside its list",
    `${good}compression: bzip2\n`,
    '5: compression: "bzip2" is not one of gzip, zstd, none.',
  ],
  [
    "a recipient that age refuses",
    `${good}encryption: { recipients: [age1abc] }\n`,
    '5: encryption.recipients.0: "age1abc" is not an age recipient',
  ],
  [
    "an endpoint with a password",
    `${good}    endpoint: https://me:secret@s3.example.com\n`,
    "5: storage.s3.endpoint: ",
  ],
  [
    "two destinations",
    `${good}  directory: { claimName: a }\n`,
    "2: storage: It must have exactly one of s3 and directory.",
  ],
  ["no bucket", "watchNamespaces: [shop]\nstorage: { s3: {} }\n", "2: storage.s3: It names no bucket."],
  [
    "settings that a ConfigMap would override",
    `${good}    existingConfigMap: a\n`,
    "3: storage.s3: The settings are those of existingConfigMap, and bucket would be ignored.",
  ],
  ["what is not YAML", "a: [\n", "It is not YAML:"],
  ["a key that stands twice", `${good}storage: {}\n`, "5: It is not YAML: Map keys must be unique."],
])("names the line, the place and the remedy of %s", (_, source, expected) => {
  const problems = problemsOf(source);

  expect(problems.join("\n")).toContain(expected);
  expect(problems.join("\n")).not.toContain("me:secret");
});

test("tells every problem at once, in the order of the file", () => {
  const problems = problemsOf(
    "namespace: A\nwatchNamespaces: 5\nstorage: { s3: { bucket: <b> } }\nimages: { pullPolicy: x }\n",
  );

  expect(problems.map((problem) => /:(\d+):/.exec(problem)?.[1])).toEqual(["1", "2", "3", "4"]);
});

test("takes several recipients of one kind", () => {
  const read = parseConfig(`${good}encryption: { enabled: true, recipients: [${recipient}, ${recipient}] }\n`, "k");

  expect(read).toMatchObject({
    ok: true,
    value: { encryption: { enabled: true, recipients: [recipient, recipient] } },
  });
});

test("an empty secretName says that the pods have an identity of their own", () => {
  const read = parseConfig(`${good}    secretName: ""\n`, "k");

  expect(read).toMatchObject({ ok: true, value: { storage: { s3: { secretName: null } } } });
});

test("what init writes is refused for its placeholders and for nothing else", () => {
  const problems = problemsOf(configTemplate);

  expect(problems).toHaveLength(4);
  expect(problems.every((problem) => problem.includes("is a placeholder"))).toBe(true);
});

test("what init writes is right in its comments too", () => {
  const uncommented = configTemplate
    .replaceAll(/^( *)#(?! \S|directory)/gm, "$1")
    .replaceAll(/<\w+>/g, "example")
    .replace("age1…", recipient);

  expect(problemsOf(uncommented)).toEqual([]);
});

function problemsOf(source: string): readonly string[] {
  const read = parseConfig(source, "ksnapshot.yaml");
  return read.ok ? [] : read.diagnostics.map(sentence);
}
