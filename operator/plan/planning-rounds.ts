import { type DataReading, type ReadData, refKey } from "./observed.ts";
import type { Decision } from "./snapshots.ts";
import type { Workload } from "./workloads.ts";

/** Of one workload: more than any chart refers to, and as many requests as it may cost a pass. */
const mostReferences = 32;
const tooMany: DataReading = {
  state: "unreadable",
  problem: `the workload's database may be told by more than ${String(mostReferences)} Secrets and ConfigMaps, which are not all read`,
};

/**
 * The rounds of one pass. Each plans as far as what has been read tells; who still asked for something is planned again in
 * the next, and the others are not: a workload that takes many rounds takes its own time only.
 */
export class PlanningRounds {
  readonly #settled = new Map<Workload, Decision>();
  readonly #asked = new Map<Workload, Set<string>>();

  decide(workload: Workload, read: ReadData, plan: (read: ReadData) => Decision): Decision {
    const settled = this.#settled.get(workload);
    if (settled !== undefined) return settled;
    const asked = this.#asked.get(workload) ?? new Set();
    this.#asked.set(workload, asked);
    let unread = 0;
    const decision = plan((ref) => {
      const key = refKey(ref);
      if (!asked.has(key) && asked.size === mostReferences) return tooMany;
      asked.add(key);
      const reading = read(ref);
      if (reading.state === "unread") unread++;
      return reading;
    });
    if (unread === 0) this.#settled.set(workload, decision);
    return decision;
  }
}
