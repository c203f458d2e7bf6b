import type { SnapshotSettings } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { defaultPort, type EngineKind } from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import { mentions } from "./container-env.ts";
import { variableNames } from "./conventions.ts";
import type { Container } from "./objects.ts";
import type { Workload } from "./workloads.ts";

export type ContainerReading = { readonly container: Container } | { readonly diagnostic: Diagnostic };

/** How an image of the engine is called, wherever it comes from. */
const imageWords: Readonly<Record<EngineKind, RegExp>> = {
  postgresql: /postgres|postgis|timescale|pgvector/,
  mysql: /mysql|mariadb|percona/,
  mariadb: /mariadb/,
  elasticsearch: /elasticsearch|opensearch/,
  opensearch: /opensearch/,
};

/**
 * The container that runs the database: the one that the annotation names, or the only one; else the one that each sign
 * in turn leaves over: the engine's port, its variables, its image's name.
 */
export function planContainer({ owner, containers }: Workload, settings: SnapshotSettings): ContainerReading {
  const names = containers.map(({ name }) => name).join(", ");
  const field = `${annotationPrefix}container`;
  if (settings.container !== null) {
    const named = containers.find(({ name }) => name === settings.container);
    if (named !== undefined) return { container: named };
    const problem = `There is no container "${settings.container}"; there are ${names}.`;
    return { diagnostic: { code: "annotation-invalid", subject: owner, field, problem, remedy: "Correct it." } };
  }
  const left = signs(settings.engine.kind).reduce((candidates, sign) => {
    const showing = candidates.filter(sign);
    return showing.length > 0 ? showing : candidates;
  }, containers);
  const [container, ...others] = left;
  if (container !== undefined && others.length === 0) return { container };
  const problem = `Which of its containers runs the database cannot be told: ${names}.`;
  const remedy = `Say which with the annotation ${field}.`;
  return { diagnostic: { code: "container-ambiguous", subject: owner, problem, remedy } };
}

function signs(kind: EngineKind): readonly ((container: Container) => boolean)[] {
  return [
    ({ ports }) => ports.some(({ containerPort }) => containerPort === defaultPort(kind)),
    (container) => variableNames(kind).some((name) => mentions(container, name)),
    ({ image }) => imageWords[kind].test(image ?? ""),
  ];
}
