import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// The kernel hands out ephemeral ports from 32768 on: a port below is not taken by somebody's outgoing connection.
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;

/** Given out already: nobody may listen there yet, or only in another network namespace. */
const given = new Set<number>();

/** A TCP port on 127.0.0.1 that nobody listens on now, below the kernel's ephemeral range; another one at each call. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}
