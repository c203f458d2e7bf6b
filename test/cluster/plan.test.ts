import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Terminal } from "../../cli/command.ts";
import { planCommand } from "../../cli/commands/plan.ts";
import { writable } from "../../cli/style.ts";
import { managedBy } from "../../contract/labels.ts";
import type { PassOutcome } from "../../operator/reconcile.ts";
import { cronJobName } from "../../synth/names.ts";
import { type OperatorBed, startOperatorBed } from "../support/operator.ts";
import { databaseObjects, secretObject, workloadObject } from "../support/workloads.ts";

const planner = "planner";
const nameOf = (workload: string) => cronJobName("postgresql", "shop", workload);

let bed: OperatorBed;
let out = "";
let err = "";
const terminal: Terminal = {
  out: (text) => (out += text),
  err: (text) => (err += text),
  env: {},
  isInteractive: false,
  signal: new AbortController().signal,
};

beforeAll(async () => {
  bed = await startOperatorBed();
  process.env["KUBECONFIG"] = await bed.cluster.userKubeconfig(planner, ["system:masters"]);
}, 600_000);

afterAll(async () => {
  delete process.env["KUBECONFIG"];
  await bed.cluster.stop();
}, 60_000);

beforeEach(() => {
  [out, err] = ["", ""];
});

test("shows what would be created, and the operator then creates it", async () => {
  await bed.apply(...databaseObjects("web"));

  const report = await plan();

  expect(report).toMatchObject({ exitCode: 0, source: "cluster" });
  expect(changesIn(report)).toEqual([
    `create Secret ksnapshot/${nameOf("web")}-credentials`,
    `create CronJob ksnapshot/${nameOf("web")}`,
  ]);
  expect(report.workloads[0]).toMatchObject({
    owner: { kind: "Deployment", namespace: "shop", name: "web" },
    location: null,
    state: "on",
    snapshot: { host: "web.shop.svc.cluster.local", destination: { namespace: "ksnapshot", kind: "s3" } },
  });
  await expectPassDoes(report);
}, 120_000);

test("shows that nothing changes once it is there", async () => {
  const report = await plan();

  expect(changesIn(report)).toEqual([
    `keep Secret ksnapshot/${nameOf("web")}-credentials`,
    `keep CronJob ksnapshot/${nameOf("web")}`,
  ]);
  await expectPassDoes(report);
}, 120_000);

test("shows a change as a diff, and no value of a Secret", async () => {
  await bed.apply(
    workloadObject("web", { annotations: { schedule: "0 5 * * *" } }),
    secretObject("web", "shop", { password: "another horse" }),
  );

  expect(await planAs("tree")).toBe(0);

  const text = writable(out, false);
  expect(text).toContain(`├─ change       Secret ksnapshot/${nameOf("web")}-credentials`);
  expect(text).toMatch(
    /^│ +- {2}POSTGRESQL_PASSWORD: "\[redacted, and another value\]"\n│ +\+ {2}POSTGRESQL_PASSWORD: "\[redacted\]"$/m,
  );
  expect(text).toMatch(/^ +- {2}schedule: 0 3 \* \* \*\n +\+ {2}schedule: 0 5 \* \* \*$/m);
  for (const secret of ["correct horse", "another horse"]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString("base64"));
  }
  await expectPassDoes(await plan());
}, 120_000);

test("shows an object of the original with all that would go of it", async () => {
  await bed.apply(...databaseObjects("old"), ...originalObjects("old"));

  const report = await plan();

  const diffs = report.workloads.find(({ owner }) => owner.name === "old")?.changes.map(({ diff }) => diff ?? "") ?? [];
  expect(changesIn(report)).toEqual(expect.arrayContaining([`change CronJob ksnapshot/${nameOf("old")}`]));
  expect(diffs.join("")).toMatch(/^-.*name: FORGOTTEN$/m);
  expect(diffs.join("")).toMatch(/^-.*OLD_KEY: "\[redacted, and another value\]"$/m);
  expect(diffs.join("")).not.toMatch(/terminationGracePeriodSeconds|last-applied-configuration: \{|b2xk/);
  await expectPassDoes(report);
}, 120_000);

test("shows what is held and why, and exits with 1", async () => {
  await bed.apply(workloadObject("web", { annotations: { schedule: "often" } }));

  const report = await plan();

  expect(report.exitCode).toBe(1);
  expect(report.workloads.find(({ owner }) => owner.name === "web")).toMatchObject({
    state: "held",
    snapshot: null,
    changes: [
      { action: "keep", because: "workload held", object: { kind: "CronJob", name: nameOf("web") }, diff: null },
    ],
    diagnostics: [{ code: "annotation-invalid", severity: "error" }],
  });
  await expectPassDoes(report);
}, 120_000);

test("shows what is removed: of a workload that is switched off, and of one that is gone", async () => {
  await bed.apply(workloadObject("web", { annotations: { enabled: "false" } }));
  await bed.cluster.kubectl(["-n", "shop", "delete", "deployment", "old", "--wait"]);

  const report = await plan();

  expect(
    report.workloads.map(({ owner, state, changes }) => [owner.name, state, changes.map(({ because }) => because)]),
  ).toEqual([
    ["old", "gone", ["the workload does not exist any more"]],
    ["web", "off", ["snapshots are switched off"]],
  ]);
  await expectPassDoes(report);
}, 120_000);

test("looks at the namespaces that are asked for, and only at watched ones", async () => {
  await bed.apply(...databaseObjects("db", { namespace: "billing" }));

  const namesIn = async (namespace: string) => (await plan({ namespace })).workloads.map(({ owner }) => owner.name);

  expect(await namesIn("billing")).toEqual(["db"]);
  expect(await namesIn("shop")).toEqual(["old", "web"]); // whose Secrets go now that nothing refers to them
  await expect(planAs("json", { namespace: "default" })).rejects.toMatchObject({ code: "COMMAND_FAILED" });
  await expect(planAs("json", { context: "nowhere" })).rejects.toMatchObject({ code: "USAGE" });
}, 120_000);

test("writes nothing", () => {
  const writes = bed.cluster.auditEvents().filter(({ user }) => user.username === planner);

  expect(writes).toEqual([]);
});

interface Report {
  readonly exitCode: number;
  readonly source: string;
  readonly workloads: readonly {
    readonly owner: { readonly name: string };
    readonly state: string;
    readonly changes: readonly {
      readonly action: string;
      readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
      readonly because: string | null;
      readonly diff: string | null;
    }[];
  }[];
}

async function plan(args: { namespace?: string } = {}): Promise<Report> {
  out = "";
  const exitCode = await planAs("json", args);
  return { ...(JSON.parse(out) as Omit<Report, "exitCode">), exitCode };
}

async function planAs(output: "tree" | "json", args: { namespace?: string; context?: string } = {}): Promise<number> {
  const nothing = { _: [], $0: "", file: undefined, config: undefined, namespace: undefined, context: undefined };
  return planCommand.run({ ...nothing, output, json: false, ...args }, terminal);
}

function changesIn({ workloads }: Report): readonly string[] {
  return workloads.flatMap(({ changes }) =>
    changes.map(({ action, object }) => `${action} ${object.kind} ${object.namespace}/${object.name}`),
  );
}

/** The next pass of the operator writes what was planned, and nothing else. */
async function expectPassDoes(report: Report): Promise<void> {
  const planned = changesIn(report).filter((change) => !change.startsWith("keep"));
  const outcome = await bed.pass();

  expect(outcome.faults).toEqual([]);
  expect(writesOf(outcome).sort()).toEqual(planned.map((change) => change.replace(/^(create|change)/, "apply")).sort());
}

function writesOf({ applied, pruned }: PassOutcome): string[] {
  const name = ({ kind, namespace, name: own }: { kind: string; namespace: string; name: string }) =>
    `${kind} ${namespace}/${own}`;
  return [...applied.map((object) => `apply ${name(object)}`), ...pruned.map(({ object }) => `remove ${name(object)}`)];
}

/** As another operator made them, with what ours does not know. */
function originalObjects(workload: string) {
  const metadata = {
    namespace: "ksnapshot",
    labels: managedBy,
    annotations: { "ksnapshot.clickandmortar.fr/owner": `shop/${workload}` },
  };
  const container = {
    name: "job",
    image: "original:1",
    env: [{ name: "FORGOTTEN", value: "1" }],
  };
  const podSpec = { restartPolicy: "Never", containers: [container] };
  return [
    {
      ...{ apiVersion: "v1", kind: "Secret", metadata: { ...metadata, name: `${nameOf(workload)}-credentials` } },
      data: { OLD_KEY: Buffer.from("old").toString("base64") },
    },
    {
      ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { ...metadata, name: nameOf(workload) } },
      spec: { schedule: "0 1 * * *", jobTemplate: { spec: { template: { spec: podSpec } } } },
    },
  ];
}
