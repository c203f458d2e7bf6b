/** Fires once, at the first SIGTERM or SIGINT; its reason names the signal. A second signal ends the process at once. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] satisfies EndingSignal[]) {
    process.once(name, () => {
      controller.abort(new Terminated(name));
    });
  }
  return controller.signal;
}

/** What a process is asked to end by. */
export type EndingSignal = "SIGTERM" | "SIGINT";

/** The process was asked to end. */
export class Terminated extends Error {
  override readonly name = "Terminated";
  readonly code = "TERMINATED";

  readonly signal: EndingSignal;

  constructor(signal: EndingSignal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}
