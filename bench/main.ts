/**
 * `npm run bench -- <name> [rounds]`: prints one JSON object for each figure, and exits 1 when a bar is missed.
 * Runs are paired: each round runs every candidate once, and ratios are medians of the rounds' ratios.
 */
import { benchDump } from "./dump.ts";
import { benchElasticsearch } from "./elasticsearch.ts";
import type { Figures } from "./figure.ts";
import { benchMemory } from "./memory.ts";
import { benchPlan } from "./plan.ts";
import { benchPlanHostile } from "./plan-hostile.ts";

const benches: Readonly<Record<string, (rounds: number) => Figures>> = {
  dump: benchDump,
  elasticsearch: benchElasticsearch,
  memory: benchMemory,
  plan: benchPlan,
  "plan-hostile": benchPlanHostile,
};
const defaultRounds = 5;

const [name = "", rounds = String(defaultRounds)] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join("|")} [rounds]\n`);
  process.exitCode = 2;
} else {
  for await (const figure of bench(Number(rounds))) {
    process.stdout.write(`${JSON.stringify({ bench: name, ...figure })}\n`);
    if (!figure.ok) process.exitCode = 1;
  }
}
