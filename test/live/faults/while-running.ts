import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../bed/wait.ts";
import { childOf } from "../dumper-process.ts";
import type { Fault } from "./row.ts";
import type { Scene } from "./scene.ts";

/** Slows the dump down to some seconds, so that something can happen in its middle. */
export function slowly({ connection }: Scene): Promise<void> {
  return connection.addToxic({ type: "bandwidth", attributes: { rate: 5_000 } });
}

/** Sends the dumper a signal when the dump tool is reading the large table. */
export function signalled(signal: NodeJS.Signals): Fault {
  return {
    before: slowly,
    during: async ({ server }, { pid }) => {
      await server.midway();
      process.kill(pid, signal);
    },
  };
}

/** Kills a child of the dumper in the middle of the dump. */
export function childKilled(program: string): Fault {
  return {
    before: slowly,
    during: async ({ server }, { pid }) => {
      await server.midway();
      process.kill(childOf(pid, program) ?? NaN, "SIGKILL");
    },
  };
}

/** Kills the dump tool when it has written that share of the dump; with 0 as soon as it is there. */
export function dumpToolKilledAt(share: number): Fault {
  return {
    before: slowly,
    during: async ({ server }, { pid, dumpBytes }) => {
      const tool = await until("the dump tool", 60_000, () => childOf(pid, server.dumpTool));
      while (share > 0 && writtenBy(tool) < share * dumpBytes) await delay(2);
      process.kill(tool, "SIGSTOP");
      // Stopped, it cannot end by itself between the look and the kill.
      if (writtenBy(tool) >= dumpBytes) throw new Error(`${server.dumpTool} had written all of the dump`);
      process.kill(tool, "SIGKILL");
    },
  };
}

/** Bytes that a process has written so far, to whatever it writes to; proc(5). */
function writtenBy(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}
