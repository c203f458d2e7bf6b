/** What is otherwise in the target than it was where the snapshot was taken. */
export interface RestoreReport {
  /** What was left out or changed because the target cannot have it, one line each. */
  readonly notes: readonly string[];
  /** What failed and was passed over, one line each with the reason. Always empty unless a restore was to keep going. */
  readonly failed: readonly string[];
}

export const nothingToReport: RestoreReport = { notes: [], failed: [] };
