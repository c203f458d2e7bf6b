/** Ended by a signal: 128 and its number, as a shell would say. Of every program and command. */
export const signalExitCode = { SIGINT: 130, SIGTERM: 143 } as const;

/** How the dumper's process ends. Part of the API: alerts and wrappers key on it. Unknown codes mean failure. */
export const dumpExitCode = {
  /** The snapshot is stored and its manifest written. */
  stored: 0,
  /** A fault of ours; the stack is in the log. */
  fault: 1,
  /** The request is invalid: an environment variable, a flag. Retrying is useless. */
  invalid: 2,
  /** The database or its dump tool failed, or the dump ended early. */
  source: 3,
  /** The storage failed. */
  storage: 4,
  /** Encryption failed. */
  encryption: 5,
  interrupted: signalExitCode.SIGINT,
  terminated: signalExitCode.SIGTERM,
} as const;
export type DumpExitCode = (typeof dumpExitCode)[keyof typeof dumpExitCode];

/** How every other command of the CLI ends, unless a signal ends it ({@link signalExitCode}). */
export const cliExitCode = {
  well: 0,
  /** What was asked about is not well: a plan with errors, a snapshot that fails verification, a restore that failed. */
  notWell: 1,
  /** The command line could not be understood. */
  usage: 2,
  /** `verify` of an encrypted snapshot without an identity (the stored bytes are right), or of an object of another tool. */
  contentNotChecked: 3,
} as const;
export type CliExitCode = (typeof cliExitCode)[keyof typeof cliExitCode];
