import { type Secret, scrub } from "../contract/secret.ts";
import { RunFailed } from "./failure.ts";
import { describeExit, type Exit } from "./process/child.ts";

/** What is said, and what to do about it. The first that fits counts. */
export type Remedies = readonly (readonly [RegExp, string])[];

/** Undefined when none fits. */
export function remedyFor(said: string, remedies: Remedies): string | undefined {
  return remedies.find(([pattern]) => pattern.test(said))?.[1];
}

export interface ProgramFailure {
  /** That the program was given, and that nothing may show. */
  readonly password: Secret | null;
  readonly remedies: Remedies;
  /** What to do where no remedy fits. */
  readonly otherwise: string;
  /** What the server says when it wants a password and was given none. Default: nothing is looked for. */
  readonly passwordMissing?: string;
  /** What is shown of what was said. Default: all of it. */
  readonly shown?: (said: string) => string;
}

/** The failure of a database's own program, with what to do. */
export function programFailed(exit: Exit, failure: ProgramFailure): RunFailed {
  const { password, remedies, otherwise, passwordMissing } = failure;
  const said = scrub(describeExit(exit), password === null ? [] : [password]);
  return new RunFailed("source", failure.shown?.(said) ?? said, {
    remedy: remedyFor(said, remedies) ?? otherwise,
    isPasswordMissing: passwordMissing !== undefined && said.includes(passwordMissing),
  });
}
