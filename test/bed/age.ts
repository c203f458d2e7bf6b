import { installProgram } from "./go.ts";

/** The reference implementation of age, as a user has it: what we encrypt, it must decrypt. */
export interface AgePrograms {
  /** Path of `age`. */
  readonly age: string;
  /** Path of `age-keygen`. */
  readonly keygen: string;
}

/** Builds `age` and `age-keygen` 1.3 (the first with post-quantum recipients) once. */
export async function agePrograms(): Promise<AgePrograms> {
  return { age: await installProgram("age"), keygen: await installProgram("age-keygen") };
}
