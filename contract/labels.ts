/** The group under which every annotation of ours lives. */
export const annotationPrefix = "ksnapshot.clickandmortar.fr/";

/** Who writes our fields under server-side apply. One name for the component, in all versions. */
export const fieldManager = "ksnapshot";

/** On every object that the operator makes: what it lists as its own. The original's label, so that ours takes over. */
export const managedBy = { "app.kubernetes.io/managed-by": "ksnapshot" } as const;
export const managedBySelector = "app.kubernetes.io/managed-by=ksnapshot";

/** Whether an object carries that label. */
export function isLabelled({
  metadata,
}: {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}) {
  return Object.entries(managedBy).every(([key, value]) => metadata.labels?.[key] === value);
}

/** On a CronJob and its Secret: `<namespace>/<name>` of the workload. The object is found by it, never by its name. */
export const ownerAnnotation = `${annotationPrefix}owner`;
/** Beside it: the workload's kind. Absent on objects of the original. */
export const ownerKindAnnotation = `${annotationPrefix}owner-kind`;

/** The Secret that holds the mirrored credentials of one CronJob. */
export function credentialsSecretName(cronJobName: string): string {
  return `${cronJobName}-credentials`;
}
