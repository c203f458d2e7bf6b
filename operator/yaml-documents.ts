import {
  boolYaml11Tag,
  constructFromEvents,
  CORE_SCHEMA,
  type Event,
  EVENT_ID,
  getScalarValue,
  mergeTag,
  parseEvents,
  YAMLException,
} from "js-yaml";

/** As the API server's own parser reads it: an unquoted `yes` is a boolean, and a date is a text. */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, mergeTag);

/** One document of a text. */
export type YamlDocument =
  | {
      readonly value: unknown;
      /** Where a path stands in the text, or what is nearest above it. The characters before it. */
      readonly offsetOf: (path: readonly PropertyKey[]) => number;
    }
  | { readonly error: string; readonly offset: number };

/** Reads a text of several documents. One that is not YAML costs the others nothing. */
export function parseYaml(text: string): readonly YamlDocument[] {
  try {
    return documentsOf(text, 0);
  } catch {
    return splitDocuments(text).flatMap(({ part, offset }) => {
      try {
        return documentsOf(part, offset);
      } catch (error) {
        // The parser's own documentation: errors of other classes may come too.
        const [problem, position] =
          error instanceof YAMLException ? [error.reason, error.mark?.position ?? 0] : [String(error), 0];
        return [{ error: problem, offset: offset + position }];
      }
    });
  }
}

/** At the lines that begin a document, which stand in the first column and never inside a text. */
function splitDocuments(text: string): readonly { readonly part: string; readonly offset: number }[] {
  const offsets = [0, ...[...text.matchAll(/^---(?=\s|$)/gm)].map(({ index }) => index)];
  return offsets.map((offset, index) => ({ part: text.slice(offset, offsets[index + 1]), offset }));
}

function documentsOf(text: string, offset: number): readonly YamlDocument[] {
  const events = parseEvents(text, {});
  const values = constructFromEvents(events, { source: text, schema });
  const starts = events.flatMap(({ type }, index) => (type === EVENT_ID.DOCUMENT ? [index] : []));
  return values.map((value, index) => ({
    value,
    offsetOf: (path) => offset + offsetIn(events, text, (starts[index] ?? -1) + 1, path),
  }));
}

/** @param at the index of a node's first event */
function offsetIn(events: readonly Event[], text: string, at: number, path: readonly PropertyKey[]): number {
  const event = events[at];
  const [step, ...rest] = path;
  const entry = step === undefined || event === undefined ? null : entryOf(events, text, at, step);
  if (entry === null) return startOf(event);
  return rest.length === 0 ? startOf(events[entry.place]) : offsetIn(events, text, entry.node, rest);
}

interface Entry {
  /** The event that says where the entry stands: a mapping's key, a sequence's item. */
  readonly place: number;
  readonly node: number;
}

function entryOf(events: readonly Event[], text: string, at: number, step: PropertyKey): Entry | null {
  const type = events[at]?.type;
  if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return null;
  for (let place = at + 1, count = 0; events[place]?.type !== EVENT_ID.POP; count++) {
    const node = type === EVENT_ID.MAPPING ? endOf(events, place) : place;
    const key = events[place];
    const name = type === EVENT_ID.MAPPING ? key?.type === EVENT_ID.SCALAR && getScalarValue(text, key) : count;
    if (name === step) return { place, node };
    place = endOf(events, node);
  }
  return null;
}

/** The index after a node's last event. */
function endOf(events: readonly Event[], at: number): number {
  let depth = 0;
  let index = at;
  do {
    const type = events[index]?.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
    if (type === EVENT_ID.POP || type === undefined) depth--;
    index++;
  } while (depth > 0);
  return index;
}

function startOf(event: Event | undefined): number {
  switch (event?.type) {
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    default:
      return 0;
  }
}
