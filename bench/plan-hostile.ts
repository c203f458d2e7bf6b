import { planSnapshots } from "../operator/plan/snapshots.ts";
import type { KubeObject } from "../synth/render.ts";
import { hostileInputs } from "../test/support/hostile-workloads.ts";
import { observedNamespace, reading } from "../test/support/observed.ts";
import { planConfig } from "../test/support/plan-config.ts";
import { atMost, type Figures, median } from "./figure.ts";

/** What one workload may cost a pass. */
const budgetMs = 50;

/** Namespaces whose one tenant says as much as the API server takes, planned in a warm process: CPU for each of their workloads. */
export async function* benchPlanHostile(rounds: number): Figures {
  const names = Object.keys(hostileInputs);
  const times = names.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(`bench: round ${round} of ${rounds}\n`);
    for (const [index, name] of names.entries()) {
      const cost = costMs(hostileInputs[name]?.(1).objects ?? []);
      if (round > 0) times[index]?.push(cost); // the round before the first warms up
    }
    await Promise.resolve();
  }
  for (const [index, name] of names.entries()) {
    yield atMost(budgetMs, `plan of ${name}: CPU for each workload`, median(times[index] ?? []), "ms");
  }
}

function costMs(objects: readonly KubeObject[]): number {
  const isData = ({ kind }: KubeObject) => kind === "Secret" || kind === "ConfigMap";
  const namespace = observedNamespace(objects.filter((one) => !isData(one)));
  const read = reading(objects.filter(isData));
  const config = planConfig({ destination: { kind: "directory", claimName: "snapshots" } });
  const start = process.threadCpuUsage();
  const { decisions } = planSnapshots([{ ok: true, namespace }], config, read);
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000 / Math.max(1, decisions.length);
}
