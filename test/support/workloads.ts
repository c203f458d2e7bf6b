import type { KubeObject } from "../../synth/render.ts";
import { annotationPrefix } from "../../contract/labels.ts";

export interface WorkloadOptions {
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly namespace?: string;
  /** Of the pod template, without the prefix; over the valid ones. Null takes one away. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly replicas?: number;
  readonly container?: object;
}

const validAnnotations = { enabled: "true", type: "postgresql", schedule: "0 3 * * *" };

/** A database with its Service and Secret, all of one name: valid, but for what the options say. */
export function databaseObjects(name: string, options: WorkloadOptions = {}): readonly KubeObject[] {
  return [workloadObject(name, options), serviceObject(name, options.namespace), secretObject(name, options.namespace)];
}

export function workloadObject(name: string, options: WorkloadOptions = {}): KubeObject {
  const { kind = "Deployment", namespace = "shop", replicas = 1 } = options;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: prefixed({ ...validAnnotations, ...options.annotations }) },
        spec: { containers: [{ ...containerObject(name), ...options.container }] },
      },
      ...(kind === "DaemonSet" ? {} : { replicas }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
    },
  };
}

export function serviceObject(name: string, namespace = "shop", spec: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ name: "sql", port: 5432, targetPort: "sql" }], ...spec },
  };
}

export function secretObject(
  name: string,
  namespace = "shop",
  data: Readonly<Record<string, string>> = {},
): KubeObject {
  const texts = { username: "shop", password: "correct horse", ...data };
  const encoded = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: Object.fromEntries(encoded) };
}

/** With the prefix; without those that are null. */
export function prefixed(annotations: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([key, text]) =>
      text === null ? [] : [[annotationPrefix + key, text] as const],
    ),
  );
}

function containerObject(name: string) {
  return {
    name: "postgres",
    image: "postgres:16",
    ports: [{ name: "sql", containerPort: 5432 }],
    env: [
      { name: "POSTGRES_USER", valueFrom: { secretKeyRef: { name, key: "username" } } },
      { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name, key: "password" } } },
      { name: "POSTGRES_DB", value: "shop" },
    ],
  };
}
