/** One configuration; the tiers are folders: `jest test/unit`, `jest test/live`, `jest test/cluster`. */
export default {
  testEnvironment: "node",
  testMatch: ["**/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  // Hooks that end servers have no time of their own: on a busy machine the usual 5 s are too few for them.
  testTimeout: 60_000,
  transform: { "\\.ts$": "<rootDir>/test/support/strip-types.js" },
};
