import type { SnapshotSettings } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import { listed } from "../../contract/listed.ts";
import { nearest } from "../../contract/nearest.ts";
import type { Finding, Findings, ObjectRef } from "../../contract/plan.ts";
import { isTcp } from "./database-port.ts";
import type { Container, Service, ServicePort } from "./objects.ts";
import { oncePer } from "./once-per.ts";
import type { Workload } from "./workloads.ts";

/** Where the job connects to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly findings: Pick<Findings, "service" | "port">;
}

export type EndpointReading = { readonly endpoint: Endpoint } | { readonly diagnostic: Diagnostic };

/**
 * The workload's one Service, and its port that leads to the database: the one that the annotations name; else, of the
 * Services that select its pods, the one with such a port. A headless Service beside one with a cluster IP for the same
 * target is not an ambiguity: the one with the cluster IP is meant. Nor is one that also lists pods that are not ready.
 *
 * @param listening the database's port in its container
 */
export function planEndpoint(
  workload: Workload,
  container: Container,
  listening: number,
  settings: SnapshotSettings,
  services: readonly Service[],
): EndpointReading {
  const { owner } = workload;
  const usable = usableOf(services);
  const selecting =
    settings.service === null
      ? selectingServices(workload, usable)
      : usable.filter(({ metadata }) => metadata.name === settings.service);
  if (selecting.length === 0) return { diagnostic: serviceMissing(workload, settings, usable) };

  const wanted = settings.port ?? listening;
  const routes = selecting.flatMap((service) => routeOf(service, wanted, settings.port !== null, workload));
  if (routes.length === 0) return { diagnostic: portMissing(owner, wanted, selecting) };
  const [route, ...others] = preferred(routes);
  if (route === undefined || others.length > 0) return { diagnostic: ambiguous(owner, wanted, routes) };
  const { name, namespace } = route.service.metadata;
  const findings = {
    service: { value: name, ...serviceOrigin(settings, selecting, routes, route) },
    port: { value: String(route.port), ...portOrigin(settings, route, container) },
  };
  return { endpoint: { host: `${name}.${namespace}.svc.cluster.local`, port: route.port, findings } };
}

/** Only among Services for one target: those for different ones are for different things. */
function preferred(routes: readonly Route[]): readonly Route[] {
  const [first] = routes;
  if (routes.some(({ target }) => target !== first?.target)) return routes;
  const preferences = [
    ({ isHeadless }: Route) => !isHeadless,
    ({ service }: Route) => service.spec.publishNotReadyAddresses !== true,
  ];
  return preferences.reduce<readonly Route[]>((left, isBetter) => {
    const better = left.filter(isBetter);
    return better.length > 0 ? better : left;
  }, routes);
}

type Origin = Omit<Finding, "value">;

function serviceOrigin(
  settings: SnapshotSettings,
  selecting: readonly Service[],
  routes: readonly Route[],
  chosen: Route,
): Origin {
  if (settings.service !== null) return { from: "annotation", because: "the annotation service" };
  if (selecting.length === 1) return { from: "found", because: "the only one that selects its pods" };
  if (routes.length === 1) {
    return { from: "found", because: "the only one that selects its pods and leads to the database" };
  }
  const others = names(routes.filter((route) => route !== chosen).map(({ service }) => service));
  const why = chosen.isHeadless ? "which also lists pods that are not ready" : "which has no address of its own";
  return { from: "found", because: `preferred over ${others}, ${why}` };
}

function portOrigin(settings: SnapshotSettings, { target }: Route, container: Container): Origin {
  const because = `it leads to ${String(target)} of the container ${container.name}`;
  return settings.port === null
    ? { from: "found", because }
    : { from: "annotation", because: `the annotation port; ${because}` };
}

/**
 * Those that select by the template's labels. Where there are none, or no template, those that select any pod, by what it
 * may carry alone (a primary's role): but not the ones to replicas, of which there may be none tomorrow.
 */
function selectingServices(workload: Workload, services: readonly Service[]): readonly Service[] {
  const byTemplate = workload.hasTemplate ? servicesOf([workload.labels], services) : [];
  if (byTemplate.length > 0) return byTemplate;
  return servicesOf([workload.labels, ...workload.podLabels], services).filter((service) => !isForReplicas(service));
}

/** In the order in which they were given. */
function servicesOf(labelSets: readonly Workload["labels"][], services: readonly Service[]): readonly Service[] {
  const candidates = [...selectorIndexOf(services)].flatMap(([key, byValue]) => {
    const values = new Set(labelSets.flatMap((labels) => labels[key] ?? []));
    return [...values].flatMap((value) => byValue.get(value) ?? []);
  });
  return candidates
    .filter(({ entries }) => labelSets.some((labels) => entries.every(([key, value]) => labels[key] === value)))
    .sort((a, b) => a.position - b.position)
    .map(({ service }) => service);
}

/**
 * Services by the first entry of their selector, key and value: a namespace may have a thousand of them and a thousand
 * workloads, and each pair need not be looked at.
 */
const selectorIndexOf = oncePer((services: readonly Service[]) => {
  const selecting = services.flatMap((service, position) => {
    const entries = Object.entries(service.spec.selector);
    const [first] = entries; // one without a selector selects nothing: its endpoints are somebody's hand work
    return first === undefined ? [] : [{ service, position, entries, first }];
  });
  const byKey = Map.groupBy(selecting, ({ first: [key] }) => key);
  return new Map([...byKey].map(([key, those]) => [key, Map.groupBy(those, ({ first: [, value] }) => value)] as const));
});

const selectorlessOf = oncePer((services: readonly Service[]) =>
  services.filter(({ spec }) => Object.keys(spec.selector).length === 0),
);

const usableOf = oncePer((services: readonly Service[]) => services.filter(({ spec }) => spec.type !== "ExternalName"));

function isForReplicas({ spec }: Service): boolean {
  return Object.values(spec.selector).some((value) => /^(replica|standby|slave|secondary|read-?only)s?$/i.test(value));
}

interface Route {
  readonly service: Service;
  readonly isHeadless: boolean;
  readonly target: number;
  /** The number to connect to. */
  readonly port: number;
}

function routeOf(service: Service, wanted: number, isNamed: boolean, workload: Workload): readonly Route[] {
  const isHeadless = service.spec.clusterIP === "None";
  const routes = service.spec.ports.filter(isTcp).flatMap((servicePort) => {
    const target = targetOf(servicePort, workload);
    // The name of a headless Service is the pods' own address: nothing there turns its port into the target.
    return target === null
      ? []
      : [{ service, isHeadless, target, port: isHeadless ? target : servicePort.port, servicePort }];
  });
  const byServicePort = isNamed ? routes.find((route) => route.servicePort.port === wanted) : undefined;
  const route = byServicePort ?? routes.find((one) => one.target === wanted);
  return route === undefined ? [] : [route];
}

/** Null for a name that no container's port has. https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports */
function targetOf({ port, targetPort }: ServicePort, { containers }: Workload): number | null {
  if (targetPort == null) return port;
  if (typeof targetPort === "number") return targetPort;
  const ports = containers.flatMap((container) => container.ports);
  return ports.find(({ name }) => name === targetPort)?.containerPort ?? null;
}

function serviceMissing(
  { owner, podLabels }: Workload,
  { service }: SnapshotSettings,
  usable: readonly Service[],
): Diagnostic {
  const field = `${annotationPrefix}service`;
  if (service !== null) {
    const near = nearest(service, namesOf(usable));
    return {
      ...{ code: "service-missing", subject: owner, field },
      problem: `The namespace has no Service "${service}", or it is one of type ExternalName.`,
      remedy:
        near === null
          ? "Name a Service of the workload's namespace, or leave the annotation out to have it found."
          : `Did you mean ${near}?`,
    };
  }
  const toReplicas = servicesOf(podLabels, usable);
  const byHand = selectorlessOf(usable);
  const orName =
    byHand.length === 0 ? "" : `, or name one that has no selector (${names(byHand)}) with the annotation ${field}`;
  return {
    ...{ code: "service-missing", subject: owner },
    problem:
      toReplicas.length === 0
        ? "No Service selects its pods, and so there is no name to connect to."
        : `Only Services to replicas select its pods: ${names(toReplicas)}.`,
    remedy: `Create a Service whose selector matches the labels of the pod template${orName}.`,
  };
}

function portMissing(subject: ObjectRef, wanted: number, services: readonly Service[]): Diagnostic {
  return {
    ...{ code: "service-port-missing", subject },
    problem: `No TCP port of ${names(services)} leads to the database's port ${String(wanted)}.`,
    remedy: `Add the port to the Service, or name the right one with the annotation ${annotationPrefix}port.`,
  };
}

function ambiguous(subject: ObjectRef, wanted: number, routes: readonly Route[]): Diagnostic {
  return {
    ...{ code: "service-ambiguous", subject },
    problem: `More than one Service leads to its port ${String(wanted)}: ${names(routes.map(({ service }) => service))}.`,
    remedy: `Say which with the annotation ${annotationPrefix}service.`,
  };
}

/** Sorted; of all services of a namespace once, whoever misses one of them. */
const namesOf = oncePer((services: readonly Service[]): readonly string[] =>
  services.map(({ metadata }) => metadata.name).sort(),
);

function names(services: readonly Service[]): string {
  return listed(namesOf(services));
}
