import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { version } from "../../../contract/version.ts";
import { parseConfig } from "../../../synth/config-file.ts";
import { type ImageDefinition, images } from "../../../scripts/image-list.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packageJson = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
  version: string;
  devDependencies: Record<string, string>;
};

describe.each(images.map((image) => [image.name, image] as const))("the Dockerfile of %s", (_, image) => {
  const instructions = instructionsOf(readFileSync(`${root}/${image.dockerfile}`, "utf8"));

  test("holds what the list says", () => {
    expect(imageOf(instructions)).toEqual({
      target: image.target,
      debianPackages: [...image.debianPackages, ...(image.foreignPackages ?? [])].sort(),
      files: image.files,
      env: image.env,
      workdir: image.workdir,
      user: image.user,
      entrypoint: image.entrypoint,
    } satisfies Partial<ImageDefinition>);
  });

  test("stands on the pinned Node, or on another base if told", () => {
    expect(instructions[0]).toEqual(["ARG", `BASE=node:${packageJson.devDependencies["node"] ?? ""}-trixie-slim`]);
    expect(instructions[1]).toEqual(["FROM", `\${BASE} AS ${image.target}`]);
  });
});

test("the version is the package's", () => {
  expect(version).toBe(packageJson.version);
});

test("an install uses these images unless told otherwise", () => {
  const config = parseConfig("watchNamespaces: [a]\nstorage: { directory: { claimName: a } }\n", "ksnapshot.yaml");

  const { operator, dumpers } = config.ok ? config.value.images : { operator: "", dumpers: {} };
  expect(new Set([operator, ...Object.values(dumpers)])).toEqual(new Set(images.map(({ name }) => name)));
});

/** `[instruction, arguments]`, comments gone and continued lines joined. */
function instructionsOf(dockerfile: string): readonly (readonly [string, string])[] {
  return dockerfile
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)] as const);
}

function imageOf(instructions: readonly (readonly [string, string])[]): Omit<ImageDefinition, "name" | "dockerfile"> {
  const all = (name: string) => instructions.filter(([instruction]) => instruction === name).map(([, text]) => text);
  const named = (command: string) =>
    all("RUN").flatMap((run) =>
      [...run.matchAll(new RegExp(`apt-get ${command} ([^&]+)`, "g"))].flatMap(([, names]) =>
        (names ?? "").trim().split(" "),
      ),
    );
  const purged = named("purge --yes --auto-remove");
  const packages = named("install --yes --no-install-recommends").filter(
    (name) => !purged.includes(name) && !name.startsWith("--"),
  );
  return {
    target: all("FROM").at(-1)?.split(" AS ")[1] ?? "",
    debianPackages: packages.sort(),
    files: all("COPY").map((copy) => {
      const [from = "", to = ""] = copy.split(" ");
      return { from, to };
    }),
    env: Object.fromEntries(
      all("ENV").flatMap((env) =>
        env.split(" ").map((pair) => /^(.*?)=(.*)$/.exec(pair)?.slice(1) as [string, string]),
      ),
    ),
    workdir: all("WORKDIR").at(-1) ?? "",
    user: all("USER").at(-1) ?? "",
    entrypoint: JSON.parse(all("ENTRYPOINT").at(-1) ?? "[]") as string[],
  };
}
