import { expect, test } from "@jest/globals";
import { scopeOf } from "../../../operator/plan/container-scope.ts";
import { readMounted } from "../../../operator/plan/mounted-file.ts";
import { Pod } from "../../../operator/plan/objects.ts";
import type { DataReading, ReadData } from "../../../operator/plan/observed.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { container, reading, revealed, workload } from "../../support/observed.ts";

const objects: readonly KubeObject[] = [
  {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "auth", namespace: "shop" } },
    data: { password: "c2VjcmV0", latin: "/w==", "b.txt": "Yg==" },
  },
  {
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf", namespace: "shop" } },
    data: { password: "of the ConfigMap", user: "app" },
  },
];

interface Mounted {
  readonly mounts: readonly object[];
  readonly volumes: readonly object[];
  readonly path?: string;
  readonly read?: ReadData;
}

function read({ mounts, volumes, path = "/run/pw/password", read = reading(objects) }: Mounted) {
  const fields = { volumeMounts: mounts };
  const pod = Pod.parse({ metadata: { name: "db", namespace: "shop" }, spec: { containers: [], volumes } });
  return readMounted(scopeOf(workload([fields], { volumes: pod.spec.volumes }), container(fields), read), path);
}

const mount = { name: "v", mountPath: "/run/pw" };
const secret = (more: object = {}) => ({ name: "v", secret: { secretName: "auth", ...more } });

test.each<[string, Mounted, string]>([
  ["a key of a Secret", { mounts: [mount], volumes: [secret()] }, "secret"],
  [
    "a key of a ConfigMap",
    { mounts: [mount], volumes: [{ name: "v", configMap: { name: "conf" } }] },
    "of the ConfigMap",
  ],
  [
    "a mount path that ends in a slash",
    { mounts: [{ ...mount, mountPath: "/run/pw/" }], volumes: [secret()] },
    "secret",
  ],
  ["a path with dots in it", { mounts: [mount], volumes: [secret()], path: "/run/../run/pw/./password" }, "secret"],
  [
    "an item of another name",
    {
      mounts: [mount],
      volumes: [secret({ items: [{ key: "b.txt", path: "deep/er/pw" }] })],
      path: "/run/pw/deep/er/pw",
    },
    "b",
  ],
  [
    "one file by subPath",
    { mounts: [{ name: "v", mountPath: "/etc/pw", subPath: "password" }], volumes: [secret()], path: "/etc/pw" },
    "secret",
  ],
  [
    "a folder by subPath",
    {
      mounts: [{ ...mount, subPath: "deep" }],
      volumes: [secret({ items: [{ key: "password", path: "deep/password" }] })],
    },
    "secret",
  ],
  [
    "the mount of the longest path",
    {
      mounts: [mount, { name: "w", mountPath: "/run" }, { name: "w", mountPath: "/run/pw/password/other" }],
      volumes: [{ name: "w", emptyDir: {} }, secret()],
    },
    "secret",
  ],
  [
    "a file over a folder that is mounted too",
    {
      mounts: [
        { name: "w", mountPath: "/run/pw" },
        { name: "v", mountPath: "/run/pw/password", subPath: "password" },
      ],
      volumes: [{ name: "w", emptyDir: {} }, secret()],
    },
    "secret",
  ],
  [
    "a mount of everything",
    { mounts: [{ name: "v", mountPath: "/" }], volumes: [secret()], path: "/password" },
    "secret",
  ],
  [
    "a projected volume, of which the last source wins",
    {
      mounts: [mount],
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { secret: { name: "auth" } },
              { serviceAccountToken: { path: "t" } },
              { configMap: { name: "conf" } },
            ],
          },
        },
      ],
    },
    "of the ConfigMap",
  ],
  [
    "a projected volume with items",
    {
      mounts: [mount],
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { secret: { name: "auth", items: [{ key: "password", path: "password" }] } },
              { configMap: { name: "conf", items: [{ key: "user", path: "user" }] } },
            ],
          },
        },
      ],
    },
    "secret",
  ],
])("reads %s", (_, mounted, expected) => {
  const variable = read(mounted);

  expect(variable.state === "set" ? revealed(variable.value) : variable).toBe(expected);
});

test("tells the key, and the file that it is in the container", () => {
  expect(read({ mounts: [mount], volumes: [secret()] })).toMatchObject({
    source: { from: "Secret", namespace: "shop", name: "auth", key: "password", file: "/run/pw/password" },
  });
});

test.each<[string, Mounted]>([
  ["an optional Secret that is missing", { mounts: [mount], volumes: [secret({ secretName: "no", optional: true })] }],
  ["an optional key that is missing", { mounts: [mount], volumes: [secret({ optional: true })], path: "/run/pw/no" }],
])("takes %s for not set", (_, mounted) => {
  expect(read(mounted).state).toBe("unset");
});

const unreadable: DataReading = { state: "unreadable", problem: "403 forbidden" };

test.each<[string, Mounted, string, string]>([
  ["a file outside of all volumes", { mounts: [], volumes: [] }, "credential-unreadable", "No volume"],
  [
    "a file beside the volumes",
    { mounts: [{ name: "v", mountPath: "/run/p" }], volumes: [secret()] },
    "credential-unreadable",
    "No volume",
  ],
  ["an emptyDir", { mounts: [mount], volumes: [{ name: "v", emptyDir: {} }] }, "credential-unreadable", "emptyDir"],
  [
    "a hostPath",
    { mounts: [mount], volumes: [{ name: "v", hostPath: { path: "/x" } }] },
    "credential-unreadable",
    "hostPath",
  ],
  [
    "a claim",
    { mounts: [mount], volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] },
    "credential-unreadable",
    "persistentVolumeClaim",
  ],
  [
    "a secret store's volume",
    { mounts: [mount], volumes: [{ name: "v", csi: { driver: "secrets-store.csi.k8s.io" } }] },
    "credential-unreadable",
    "csi",
  ],
  [
    "the downward API",
    { mounts: [mount], volumes: [{ name: "v", downwardAPI: { items: [] } }] },
    "credential-unreadable",
    "downwardAPI",
  ],
  ["a claim of a StatefulSet's template", { mounts: [mount], volumes: [] }, "credential-unreadable", "a volume claim"],
  [
    "a path of an expression",
    { mounts: [{ ...mount, subPathExpr: "$(POD)" }], volumes: [secret()] },
    "credential-unreadable",
    "expression",
  ],
  [
    "bytes that are no text",
    { mounts: [mount], volumes: [secret()], path: "/run/pw/latin" },
    "credential-unreadable",
    "UTF-8",
  ],
  [
    "a Secret that may not be read",
    { mounts: [mount], volumes: [secret()], read: reading([], { "Secret shop/auth": unreadable }) },
    ...(["credential-unreadable", "403"] as const),
  ],
  [
    "a Secret that is missing",
    { mounts: [mount], volumes: [secret({ secretName: "no" })] },
    "credential-missing",
    '"no"',
  ],
  ["a key that is missing", { mounts: [mount], volumes: [secret()], path: "/run/pw/no" }, "credential-missing", '"no"'],
  [
    "a key that is no item",
    { mounts: [mount], volumes: [secret({ items: [{ key: "b.txt", path: "b" }] })] },
    "credential-missing",
    "/run/pw/password",
  ],
])("says why it cannot read %s", (_, mounted, code, text) => {
  const variable = read(mounted);

  expect(variable).toMatchObject({ state: "failed", code });
  expect(variable.state === "failed" ? variable.problem : "").toContain(text);
});
