import type { SnapshotSettings } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { defaultPort, type EngineKind, familyOf } from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import { listed } from "../../contract/listed.ts";
import type { Finding } from "../../contract/plan.ts";
import { quoted } from "../../contract/quoted.ts";
import { mentions } from "./container-env.ts";
import { variableNames } from "./conventions.ts";
import { enginesNamedBy } from "./image-version.ts";
import type { Container } from "./objects.ts";
import type { Workload } from "./workloads.ts";

export type ContainerReading =
  { readonly container: Container; readonly finding: Finding } | { readonly diagnostic: Diagnostic };

/** Of a pod with more containers, which nobody has, the annotation must say which it is. */
const mostContainers = 256;

/**
 * The container that runs the database: the one that the annotation names, or the only one; else the one that each sign
 * in turn leaves over: the engine's port, its variables, its image's name, its own name.
 */
export function planContainer({ owner, containers }: Workload, settings: SnapshotSettings): ContainerReading {
  const names = listed(containers.map(({ name }) => name));
  const field = `${annotationPrefix}container`;
  if (settings.container !== null) {
    const named = containers.find(({ name }) => name === settings.container);
    if (named !== undefined) return found(named, "annotation", "the annotation container");
    const problem = `There is no container ${quoted(settings.container)}; there are ${names}.`;
    return { diagnostic: { code: "annotation-invalid", subject: owner, field, problem, remedy: "Correct it." } };
  }
  const because: string[] = [];
  const asked = containers.length > mostContainers ? [] : signs(settings.engine.kind);
  const left = asked.reduce((candidates, { text, shows }) => {
    const showing = candidates.filter(shows);
    if (showing.length === 0 || showing.length === candidates.length) return candidates;
    because.push(text);
    return showing;
  }, containers);
  const [container, ...others] = left;
  if (container !== undefined && others.length === 0) {
    return found(
      container,
      "found",
      because.length === 0 ? "the only one" : `the only one with ${because.join(" and ")}`,
    );
  }
  const problem = `Which of its containers runs the database cannot be told: ${names}.`;
  const remedy = `Say which with the annotation ${field}.`;
  return { diagnostic: { code: "container-ambiguous", subject: owner, problem, remedy } };
}

function found(container: Container, from: Finding["from"], because: string): ContainerReading {
  return { container, finding: { value: container.name, from, because } };
}

interface Sign {
  readonly text: string;
  readonly shows: (container: Container) => boolean;
}

function signs(kind: EngineKind): readonly Sign[] {
  const port = defaultPort(kind);
  const isRelative = (one: EngineKind) => familyOf(one) === familyOf(kind);
  return [
    {
      text: `the port ${String(port)}`,
      shows: ({ ports }) => ports.some(({ containerPort }) => containerPort === port),
    },
    {
      text: `${kind}'s variables`,
      shows: (container) => variableNames(kind).some((name) => mentions(container, name)),
    },
    {
      text: `${kind}'s image`,
      shows: ({ image }) => enginesNamedBy(image ?? "").some(isRelative),
    },
    { text: `${kind}'s name`, shows: ({ name }) => enginesNamedBy(name).some(isRelative) },
  ];
}
