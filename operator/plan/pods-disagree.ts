import { hasAnnotations } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import { listed } from "../../contract/listed.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { quoted } from "../../contract/quoted.ts";
import type { Pod } from "./objects.ts";

/**
 * Pods that disagree on whether snapshots are wanted: then nobody can tell. One that came back without annotations, made anew
 * from a template without a word of ours, is no word against those that have them. Null when they agree.
 */
export function undecided(subject: ObjectRef, pods: readonly Pod[]): Diagnostic | null {
  const groups = Map.groupBy(pods, enabledWord);
  if (groups.size < 2) return null;
  const told = [...groups].map(([word, those]) => `${word} (${namesOf(those)})`).sort();
  return {
    code: "enabled-undecided",
    subject,
    field: `${annotationPrefix}enabled`,
    problem: `Its pods disagree on whether snapshots are wanted: ${listed(told)}.`,
    remedy: "Annotate the pod template instead of the pods.",
  };
}

/** Pods that agree on that, and differ in something else: the youngest counts. */
export function disagreement(subject: ObjectRef, youngest: Pod, pods: readonly Pod[]): readonly Diagnostic[] {
  const said = words(youngest);
  const others = pods.filter((pod) => words(pod) !== said);
  if (others.length === 0) return [];
  return [
    {
      code: "pods-disagree",
      subject,
      problem: `Its pods are annotated differently: the youngest, ${youngest.metadata.name}, counts, and not ${namesOf(others)}.`,
      remedy: "Annotate the pod template instead of the pods.",
    },
  ];
}

/** For people; what is said stands in quotation marks, and so is none of the other two. */
function enabledWord({ metadata: { annotations } }: Pod): string {
  const text = annotations[`${annotationPrefix}enabled`];
  if (text !== undefined) return quoted(text);
  return hasAnnotations(annotations) ? "keys of ours without enabled" : "no key of ours";
}

function namesOf(pods: readonly Pod[]): string {
  return listed(pods.map(({ metadata }) => metadata.name).sort());
}

function words({ metadata }: Pod): string {
  const ours = Object.entries(metadata.annotations).filter(([key]) => key.startsWith(annotationPrefix));
  return JSON.stringify(ours.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
