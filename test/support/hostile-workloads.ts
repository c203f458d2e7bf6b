import { type KubeObject } from "../../synth/render.ts";
import { podObject } from "./observed.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "./workloads.ts";

/** What one tenant can make the operator read: each as large as the API server takes it. */
export interface HostileInput {
  readonly objects: readonly KubeObject[];
}

/** The API server takes 256 KiB of annotations, and etcd objects of 1.5 MiB. */
const annotationBytes = 250_000;
const objectBytes = 1_000_000;

const search = { type: "elasticsearch" };

/** By name, `size` from 0 to 1 of the largest. */
export const hostileInputs: Readonly<Record<string, (size: number) => HostileInput>> = {
  "a schedule of stars": (size) => annotated({ schedule: `${repeated("*,", size * annotationBytes)}* * * * *` }),
  "a schedule of hashes": (size) => annotated({ schedule: `${repeated("H,", size * annotationBytes)}H * * * *` }),
  "a schedule of digits": (size) => annotated({ schedule: `${repeated("0", size * annotationBytes)}1 * * * *` }),
  "a schedule of an endless duration": (size) =>
    annotated({ schedule: `@every ${repeated("1", size * annotationBytes)}` }),
  "a time zone": (size) => annotated({ timezone: repeated("Europe/", size * annotationBytes) }),
  "a database": (size) => annotated({ database: repeated("$(A)", size * annotationBytes) }),
  "things to leave out": (size) => annotated({ skip: repeated("globals,", size * annotationBytes) }),
  recipients: (size) =>
    annotated({
      "encryption-enabled": "true",
      "encryption-recipient": repeated(
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p,",
        size * annotationBytes,
      ),
    }),
  "unknown keys": (size) => annotated(numbered((size * annotationBytes) / 50, (index) => [`enable${index}`, "true"])),
  "keys that are nearly ours": (size) => {
    const [workload, ...others] = databaseObjects("web");
    const keys = numbered((size * annotationBytes) / 50, (index) => [`ksnapshot.clickandmortar.com/${index}`, "1"]);
    return { objects: [annotate(workload, keys), ...others] };
  },
  "an elasticsearch.yml of many keys": (size) =>
    configured(numberedLines(size * objectBytes, (index) => `k${index}: 1`)),
  "an elasticsearch.yml of references to references": (size) => configured(referencesYaml(size)),
  "an elasticsearch.yml of merges": (size) =>
    configured(
      `a: &a {${numberedLines(5000, (index) => `k${index}: 1,`)}}\n${numberedLines(size * objectBytes, (index) => `b${index}: {<<: *a}`)}`,
    ),
  "an elasticsearch.yml of brackets": (size) => configured(repeated("[", size * objectBytes)),
  "variables without end": (size) =>
    withEnv(numberedEntries((size * objectBytes) / 30, (index) => ({ name: `V${index}`, value: "x" }))),
  "a variable that refers to all others": (size) => {
    const count = (size * objectBytes) / 40;
    const others = numberedEntries(count, (index) => ({ name: `V${index}`, value: "x" }));
    const all = Array.from({ length: Math.min(count, 15_000) }, (_, index) => `$(V${index})`).join("");
    return withEnv([...others, { name: "POSTGRES_PASSWORD", value: all }]);
  },
  "variables that double": (size) =>
    withEnv([
      { name: "V0", value: "xxxxxxxx" },
      ...numberedEntries(size * 60, (index) => ({ name: `V${index + 1}`, value: `$(V${index})$(V${index})` })),
      { name: "POSTGRES_PASSWORD", value: `$(V${Math.floor(size * 60)})` },
    ]),
  "variables in a long chain": (size) => {
    const count = Math.floor((size * objectBytes) / 40);
    const chain = numberedEntries(count, (index) => ({ name: `V${index + 1}`, value: `$(V${index})` }));
    return withEnv([{ name: "V0", value: "x" }, ...chain, { name: "POSTGRES_PASSWORD", value: `$(V${count})` }]);
  },
  "a password in a file of line breaks": (size) => ({
    objects: [
      workloadObject("web", {
        container: {
          env: [{ name: "POSTGRES_PASSWORD_FILE", value: "/run/pw" }],
          volumeMounts: [{ name: "pw", mountPath: "/run" }],
        },
      }),
      serviceObject("web"),
      secretObject("web", "shop", { pw: `${repeated("\n", size * objectBytes)}x` }),
    ].map((object) => withVolume(object, { name: "pw", secret: { secretName: "web" } })),
  }),
  "mounts without end": (size) => {
    const mounts = numberedEntries((size * objectBytes) / 50, (index) => ({
      name: "pw",
      mountPath: `/a/../b/./${index}`,
    }));
    return {
      objects: databaseObjects("web", {
        annotations: search,
        container: { volumeMounts: mounts, ports: [{ containerPort: 9200, name: "sql" }] },
      }),
    };
  },
  "an image": (size) => withContainer({ image: repeated("postgres-", size * objectBytes) }),
  "containers without end": (size) => {
    const workload = databaseObjects("web")[0];
    const containers = numberedEntries((size * objectBytes) / 50, (index) => ({
      name: `c${index}`,
      image: "postgres:16",
    }));
    return { objects: [withContainers(workload, containers), serviceObject("web"), secretObject("web")] };
  },
  "Services without end, none of which is the one that is named": (size) => ({
    objects: [
      ...databaseObjects("web", { annotations: { service: `${"s".repeat(40)}x` } }),
      ...numberedEntries(size * 5000, (index) => serviceObject(`${"s".repeat(38)}${index}`)),
    ],
  }),
  "Services without end that select it": (size) => ({
    objects: [...databaseObjects("web"), ...numberedEntries(size * 5000, (index) => selecting(`s${index}`))],
  }),
  "Services without a selector": (size) => ({
    objects: [
      workloadObject("web"),
      secretObject("web"),
      ...numberedEntries(size * 5000, (index) => serviceObject(`s${index}`, "shop", { selector: {} })),
    ],
  }),
  "pods without end, each of its own labels": (size) => ({
    objects: [
      ...numberedEntries(size * 3000, (index) =>
        podObject(`p${index}`, {
          owner: { kind: "Cluster", name: "web" },
          annotations: { enabled: "true", type: "postgresql", schedule: "@daily", [`k${index}`]: "" },
          labels: { app: "web", index: String(index) },
        }),
      ),
      ...numberedEntries(size * 3000, (index) =>
        serviceObject(`s${index}`, "shop", { selector: { app: "web", index: "-" } }),
      ),
    ],
  }),
  "owners without end of one name": (size) => ({
    objects: numberedEntries(size * 3000, (index) =>
      podObject(`p${index}`, {
        owner: { kind: `Kind${index}`, name: "web" },
        annotations: { enabled: "true", type: "postgresql", schedule: "@daily" },
      }),
    ),
  }),
  "environments of Secrets that are not there": (size) =>
    withContainer({
      env: [],
      envFrom: numberedEntries(size * 2000, (index) => ({ secretRef: { name: `none-${index}`, optional: true } })),
    }),
  "a volume of Secrets that are not there": (size) => {
    const sources = numberedEntries(size * 2000, (index) => ({ secret: { name: `none-${index}`, optional: true } }));
    return {
      objects: databaseObjects("web", {
        container: {
          env: [{ name: "POSTGRES_PASSWORD_FILE", value: "/run/pw" }],
          volumeMounts: [{ name: "pw", mountPath: "/run" }],
        },
      }).map((object) => withVolume(object, { name: "pw", projected: { sources } })),
    };
  },
};

function annotated(annotations: Readonly<Record<string, string>>): HostileInput {
  return { objects: databaseObjects("web", { annotations }) };
}

function withContainer(container: object): HostileInput {
  return { objects: databaseObjects("web", { container }) };
}

function withEnv(env: readonly object[]): HostileInput {
  return withContainer({ env });
}

/** An Elasticsearch whose configuration is a ConfigMap, found under every path that is looked at. */
function configured(text: string): HostileInput {
  const folders = ["/usr/share/elasticsearch/config", "/usr/share/opensearch/config"];
  const bitnami = ["/opt/bitnami/elasticsearch/config", "/opt/bitnami/opensearch/config"];
  const names = ["elasticsearch.yml", "opensearch.yml", "my_elasticsearch.yml", "my_opensearch.yml"];
  const items = names.map((path) => ({ key: "config", path }));
  const volumeMounts = [...folders, ...bitnami].map((mountPath) => ({ name: "config", mountPath }));
  const container = { image: "elasticsearch:8.15.0", ports: [{ containerPort: 9200, name: "sql" }], volumeMounts };
  const configMap = {
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config", namespace: "shop" } },
    data: { config: text },
  };
  const objects = databaseObjects("web", { annotations: search, container });
  const volume = { name: "config", configMap: { name: "config", items } };
  return { objects: [...objects.map((object) => withVolume(object, volume)), configMap] };
}

function referencesYaml(size: number): string {
  const row = (name: string, below: string) =>
    `${name}: &${name} {${"abcdefgh"
      .split("")
      .map((key) => `${key}: *${below}`)
      .join(", ")}}`;
  const names = Array.from({ length: Math.floor(size * 90) }, (_, index) => `n${index}`);
  return ["n: &n 1", ...names.map((name, index) => row(name, index === 0 ? "n" : `n${index - 1}`))].join("\n");
}

function selecting(name: string): KubeObject {
  return serviceObject(name, "shop", { selector: { app: "web" } });
}

interface Template {
  metadata: { annotations: object };
  spec: { containers: readonly object[] };
}

function withTemplate(object: KubeObject | undefined, change: (template: Template) => object): KubeObject {
  if (object === undefined) throw new Error("there is no workload");
  const spec = object["spec"] as { template: Template };
  return { ...object, spec: { ...spec, template: change(spec.template) } };
}

function annotate(object: KubeObject | undefined, annotations: object): KubeObject {
  return withTemplate(object, (template) => ({
    ...template,
    metadata: { ...template.metadata, annotations: { ...template.metadata.annotations, ...annotations } },
  }));
}

function withContainers(object: KubeObject | undefined, containers: readonly object[]): KubeObject {
  return withTemplate(object, (template) => ({ ...template, spec: { ...template.spec, containers } }));
}

function withVolume(object: KubeObject, volume: object): KubeObject {
  if (object.kind !== "Deployment") return object;
  return withTemplate(object, (template) => ({ ...template, spec: { ...template.spec, volumes: [volume] } }));
}

function repeated(text: string, bytes: number): string {
  return text.repeat(Math.ceil(bytes / text.length));
}

function numbered(count: number, entry: (index: number) => readonly [string, string]): Record<string, string> {
  return Object.fromEntries(numberedEntries(count, entry));
}

function numberedEntries<T>(count: number, entry: (index: number) => T): readonly T[] {
  return Array.from({ length: Math.floor(count) }, (_, index) => entry(index));
}

function numberedLines(bytes: number, line: (index: number) => string): string {
  return numberedEntries(bytes / line(99_999).length, line).join("\n");
}
