/** What JSON.parse gives a reviver besides key and value; TypeScript does not know it yet. https://tc39.es/proposal-json-parse-with-source/ */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const { parse, rawJSON } = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => unknown;
  readonly rawJSON: (text: string) => object;
};

/**
 * JSON whose numbers are as they were written when it is made text again: 12345678901234567890, 1.0 and 1e400 are.
 * @throws {SyntaxError}
 */
export function parseExact(text: string): unknown {
  return parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  );
}
