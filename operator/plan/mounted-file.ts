import { posix } from "node:path";
import { printable } from "../../contract/printable.ts";
import type { Variable } from "./container-env.ts";
import type { ContainerScope } from "./container-scope.ts";
import type { Container, DataProjection, Volume, VolumeMount } from "./objects.ts";
import { type DataRef, keyOf } from "./observed.ts";
import { oncePer } from "./once-per.ts";

/**
 * What stands in a file of a container: the key of a Secret or ConfigMap that a volume puts there.
 *
 *     /run/secrets/db/password        the mount with the longest path that leads to it: /run/secrets/db
 *       subPath of the mount, if any  the file, or the folder of the volume, that stands at that path
 *         items of the volume         which key the file is; without items each key is a file of its own name
 *
 * Unset: the file is not there, and need not be (`optional`).
 */
export function readMounted(scope: ContainerScope, path: string): Variable {
  const file = posix.normalize(path);
  const mount = mountOf(scope.container, file);
  if (mount === null) return unreadable(`No volume of the container holds the file ${file}.`);
  if (mount.subPathExpr) return unreadable(`The file ${file} is mounted by an expression, which is not followed.`);
  const within = posix.join(mount.subPath ?? "", posix.relative(mountPathOf(mount), file));
  const volume = scope.volumes.find(({ name }) => name === mount.name);
  // What is not among the volumes is made of a StatefulSet's volumeClaimTemplates.
  if (volume === undefined) return unreadable(notRead(file, mount.name, "a volume claim"));
  const projections = projectionsOf(volume);
  if (projections === null) return unreadable(notRead(file, volume.name, kindOf(volume)));
  return readProjections(scope, projections, within, file);
}

function mountOf({ volumeMounts }: Container, file: string): VolumeMount | null {
  const mounts = mountsOf(volumeMounts);
  const found = mounts.find(({ path }) => file === path || file.startsWith(path === "/" ? path : `${path}/`));
  return found?.mount ?? null;
}

interface Mounted {
  readonly mount: VolumeMount;
  readonly path: string;
}

/** The longest path first: there may be tens of thousands of mounts, and many files are asked for. */
const mountsOf = oncePer((mounts: readonly VolumeMount[]): readonly Mounted[] =>
  mounts.map((mount) => ({ mount, path: mountPathOf(mount) })).sort((a, b) => b.path.length - a.path.length),
);

/** The key of each path in a volume; of a path that comes twice, the first. */
const keysOf = oncePer(
  (items: DataProjection["items"]): ReadonlyMap<string, string> =>
    new Map(items.map(({ path, key }) => [posix.normalize(path), key] as const).toReversed()),
);

function mountPathOf({ mountPath }: VolumeMount): string {
  const path = posix.normalize(mountPath);
  return path === "/" ? path : path.replace(/\/$/, "");
}

interface Projection extends Pick<DataProjection, "items" | "optional"> {
  readonly ref: Pick<DataRef, "kind" | "name">;
}

/** Null when the volume is made of neither Secrets nor ConfigMaps. */
function projectionsOf({ secret, configMap, projected }: Volume): readonly Projection[] | null {
  if (secret != null) return [{ ...secret, ref: { kind: "Secret", name: secret.secretName ?? "" } }];
  if (configMap != null) return [{ ...configMap, ref: { kind: "ConfigMap", name: configMap.name ?? "" } }];
  if (projected == null) return null;
  return projected.sources.flatMap((source): readonly Projection[] => [
    ...(source.secret == null
      ? []
      : [{ ...source.secret, ref: { kind: "Secret", name: source.secret.name ?? "" } } as const]),
    ...(source.configMap == null
      ? []
      : [{ ...source.configMap, ref: { kind: "ConfigMap", name: source.configMap.name ?? "" } } as const]),
  ]);
}

/** Of several that have the path, the last one wins, as in the kubelet's own order of writing them. */
function readProjections(
  scope: ContainerScope,
  projections: readonly Projection[],
  within: string,
  file: string,
): Variable {
  const missing: string[] = [];
  for (const { ref, items, optional } of projections.toReversed()) {
    const key = items.length === 0 ? within : keysOf(items).get(within);
    if (key === undefined) continue;
    const whole: DataRef = { ...ref, namespace: scope.namespace };
    const reading = keyOf(scope.read(whole), whole, key, optional === true);
    const source = { from: ref.kind, namespace: scope.namespace, name: ref.name, key, file: printable(file) };
    switch (reading.state) {
      case "found":
        return { state: "set", value: reading.value, source };
      case "elsewhere":
        return { state: "set", value: null, source };
      case "unreadable":
        return unreadable(reading.problem);
      case "absent":
        if (optional !== true) missing.push(`the key "${key}" of ${ref.kind} "${ref.name}"`);
    }
  }
  if (missing.length === 0 && projections.some(({ optional }) => optional === true)) return { state: "unset" };
  const what = missing.length === 0 ? `${file} in its volume` : missing.join(" or ");
  return {
    state: "failed",
    code: "credential-missing",
    problem: `The file ${file} is to be ${what}, which is not there.`,
  };
}

/** How Kubernetes calls what the volume is made of: `emptyDir`, `hostPath`, `csi`. */
function kindOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== "name" && volume[key] != null) ?? "emptyDir";
}

function notRead(file: string, volume: string, kind: string): string {
  return `The file ${file} is in the volume "${volume}" (${kind}), which only the container can read.`;
}

function unreadable(problem: string): Variable {
  return { state: "failed", code: "credential-unreadable", problem };
}
