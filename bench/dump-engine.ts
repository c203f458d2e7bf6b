/** A server with 1 GiB of realistic rows in the database `shop`, and how it is dumped with us and without. */
export interface DumpEngine {
  readonly name: string;
  /** A shell command that writes the dump to its stdout, for {@link toolEnv}. */
  readonly tool: string;
  readonly toolEnv: Readonly<Record<string, string>>;
  /** The dumper's variables. */
  readonly source: Readonly<Record<string, string>>;
  /** Ends the server and removes its data. */
  readonly stop: () => Promise<void>;
}
