// Writes 4 MiB to stderr before its last words, and ends with exit code 7.
process.stderr.write("noise\n".repeat(700_000), () => process.stderr.write("last words\n", () => process.exit(7)));
