/** One configuration; the tiers are folders: `jest test/unit`, `jest test/live`, `jest test/cluster`. */
export default {
  testEnvironment: "node",
  testMatch: ["**/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/support/strip-types.js" },
};
