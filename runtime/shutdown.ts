/** Fires once, at the first SIGTERM or SIGINT; its reason names the signal. A second signal ends the process at once. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      controller.abort(new Terminated(name));
    });
  }
  return controller.signal;
}

/** The process was asked to end. */
export class Terminated extends Error {
  override readonly name = "Terminated";
  readonly code = "TERMINATED";

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
  }
}
