import type { SnapshotSettings } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { defaultPort } from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { Finding, Findings } from "../../contract/plan.ts";
import type { Container, Service, ServicePort } from "./objects.ts";
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
 * target is not an ambiguity: the one with the cluster IP is meant.
 */
export function planEndpoint(
  workload: Workload,
  container: Container,
  settings: SnapshotSettings,
  services: readonly Service[],
): EndpointReading {
  const { owner } = workload;
  const usable = services.filter(({ spec }) => spec.type !== "ExternalName");
  const selecting =
    settings.service === null
      ? selectingServices(workload, usable)
      : usable.filter(({ metadata }) => metadata.name === settings.service);
  if (selecting.length === 0) return { diagnostic: serviceMissing(workload, settings) };

  const wanted = settings.port ?? databasePort(container, settings);
  const routes = selecting.flatMap((service) => routeOf(service, wanted, settings.port !== null, workload));
  const [first] = routes;
  if (first === undefined) {
    return {
      diagnostic: {
        code: "service-port-missing",
        subject: owner,
        problem: `No TCP port of ${names(selecting)} leads to the database's port ${String(wanted)}.`,
        remedy: `Add the port to the Service, or name the right one with the annotation ${annotationPrefix}port.`,
      },
    };
  }
  const withAddress = routes.filter(
    (route) => !route.isHeadless && routes.every((other) => other.target === route.target),
  );
  const [route, ...others] = routes.length === 1 ? routes : withAddress;
  if (route === undefined || others.length > 0) {
    return {
      diagnostic: {
        code: "service-ambiguous",
        subject: owner,
        problem: `More than one Service leads to its port ${String(wanted)}: ${names(routes.map((one) => one.service))}.`,
        remedy: `Say which with the annotation ${annotationPrefix}service.`,
      },
    };
  }
  const { name, namespace } = route.service.metadata;
  const findings = {
    service: { value: name, ...serviceOrigin(settings, selecting, routes) },
    port: { value: String(route.port), ...portOrigin(settings, route, container) },
  };
  return { endpoint: { host: `${name}.${namespace}.svc.cluster.local`, port: route.port, findings } };
}

type Origin = Omit<Finding, "value">;

function serviceOrigin(settings: SnapshotSettings, selecting: readonly Service[], routes: readonly Route[]): Origin {
  if (settings.service !== null) return { from: "annotation", because: "the annotation service" };
  if (selecting.length === 1) return { from: "found", because: "the only one that selects its pods" };
  const headless = routes.filter(({ isHeadless }) => isHeadless).map(({ service }) => service);
  return {
    from: "found",
    because:
      routes.length === 1
        ? "the only one that selects its pods and leads to the database"
        : `preferred over the headless ${names(headless)}`,
  };
}

function portOrigin(settings: SnapshotSettings, { target }: Route, container: Container): Origin {
  const because = `it leads to ${String(target)} of the container ${container.name}`;
  return settings.port === null
    ? { from: "found", because }
    : { from: "annotation", because: `the annotation port; ${because}` };
}

/**
 * Those that select by the template's labels; where there are none, by what the pods carry beyond it (a primary's role):
 * but not the ones to replicas, of which there may be none tomorrow.
 */
function selectingServices(workload: Workload, services: readonly Service[]): readonly Service[] {
  const selectingAny = (labelSets: readonly Workload["labels"][]) =>
    services.filter(({ spec }) => labelSets.some((labels) => selects(spec.selector, labels)));
  const byTemplate = selectingAny([workload.labels]).filter(({ spec }) => isForEvery(spec.selector, workload.podLabels));
  return byTemplate.length > 0 ? byTemplate : selectingAny(workload.podLabels).filter(({ spec }) => !isForReplicas(spec.selector));
}

/** A Service without a selector selects nothing: its endpoints are somebody's hand work. */
function selects(selector: Workload["labels"], labels: Workload["labels"]): boolean {
  let isEmpty = true;
  for (const key in selector) {
    // asked for each pair of a workload and a Service: no list is made for it
    if (labels[key] !== selector[key]) return false;
    isEmpty = false;
  }
  return !isEmpty;
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

function isTcp({ protocol }: { readonly protocol?: string | null | undefined }): boolean {
  return protocol == null || protocol === "TCP";
}

function serviceMissing({ owner }: Workload, settings: SnapshotSettings): Diagnostic {
  return settings.service === null
    ? {
        code: "service-missing",
        subject: owner,
        problem: "No Service selects its pods, and so there is no name to connect to.",
        remedy: "Create a Service whose selector matches the labels of the pod template.",
      }
    : {
        code: "service-missing",
        subject: owner,
        field: `${annotationPrefix}service`,
        problem: `The namespace has no Service "${settings.service}", or it is one of type ExternalName.`,
        remedy: "Name a Service of the workload's namespace, or leave the annotation out to have it found.",
      };
}

function names(services: readonly Service[]): string {
  return services
    .map(({ metadata }) => metadata.name)
    .sort()
    .join(", ");
}
