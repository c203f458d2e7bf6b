import { type Annotations, hasAnnotations } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import { isNearlyOurs } from "../../contract/near-prefix.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { quoted } from "../../contract/quoted.ts";

/** Where annotations may have gone astray. */
export interface Strays {
  /** Of the pod template and the pods. */
  readonly speaking: readonly Annotations[];
  /** Of the owner itself, which nobody reads. Null where the owner is the pod, or cannot be read. */
  readonly owners: Annotations | null;
}

/** Warnings of annotations that are most likely meant for us, and that say nothing as they stand. */
export function strayAnnotations(owner: ObjectRef, { speaking, owners }: Strays): readonly Diagnostic[] {
  const near = [...new Set(speaking.flatMap((annotations) => Object.keys(annotations).filter(isNearlyOurs)))].sort();
  const isMisplaced = owners !== null && hasAnnotations(owners) && !speaking.some(hasAnnotations);
  return [...(near.length === 0 ? [] : [mistyped(owner, near)]), ...(isMisplaced ? [misplaced(owner)] : [])];
}

function mistyped(subject: ObjectRef, [first = "", ...others]: readonly string[]): Diagnostic {
  const more = others.length === 0 ? "" : `, and so of ${String(others.length)} more`;
  return {
    code: "annotation-prefix-unknown",
    subject,
    field: first,
    problem: `The prefix ${quoted(first.slice(0, first.indexOf("/") + 1))} is not ours${more}: it says nothing here.`,
    remedy: `If snapshots are meant, the prefix is ${annotationPrefix}.`,
  };
}

function misplaced(subject: ObjectRef): Diagnostic {
  return {
    code: "annotation-misplaced",
    subject,
    problem: `Annotations of ours stand on the ${subject.kind} itself, and none on its pod template: they say nothing there.`,
    remedy: "Move them to spec.template.metadata.annotations.",
  };
}
