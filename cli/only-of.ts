import type { Listing } from "../dumper/restore/snapshots.ts";
import { cronJobName } from "../synth/names.ts";
import { isMeant, type WorkloadReference } from "./workload-reference.ts";

/**
 * What a listing holds of one workload. What has no readable manifest is told by its key, in which the CronJob's name
 * stands, at whose end there is a hash of the workload's name.
 */
export function onlyOf({ snapshots, unnamed, broken }: Listing, workload: WorkloadReference): Listing {
  const hash = cronJobName("mysql", workload.namespace, workload.name).split("-").at(-1); // the same for every engine
  const isByKey = ({ key }: { readonly key: string }) => key.includes(`-${hash}-`);
  return {
    snapshots: snapshots.filter(({ manifest }) => isMeant(workload, manifest.owner)),
    unnamed: unnamed.filter(isByKey),
    broken: broken.filter((one) => (one.manifest === null ? isByKey(one) : isMeant(workload, one.manifest.owner))),
  };
}
