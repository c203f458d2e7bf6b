import { cliExitCode } from "../../contract/exit-code.ts";
import { nearest } from "../../contract/nearest.ts";
import { type Command, UsageError } from "../command.ts";
import { documentedTopics, type Topic, topicWord } from "../documentation.ts";
import { tableText } from "../text.ts";
import { style } from "../style.ts";

interface ExplainArgs {
  word: string | undefined;
}

/** `ksnapshot explain`: the documentation of one annotation, or of one problem's code. */
export const explainCommand: Command<ExplainArgs> = {
  command: "explain [word]",
  describe: "Print the documentation of an annotation, or of the code of a problem; without a word, list them",
  options: (yargs) =>
    yargs
      .positional("word", { type: "string", describe: "The key of an annotation, or the code of a diagnostic" })
      .example("$0 explain service-ambiguous", "What is wrong, why, and what to do")
      .example("$0 explain schedule", "What an annotation means and takes"),
  run({ word }, terminal) {
    const topics = documentedTopics();
    terminal.out(word === undefined ? listText(topics) : topicText(found(word, topics)));
    return Promise.resolve(cliExitCode.well);
  },
};

function found(written: string, topics: readonly Topic[]): Topic {
  const word = topicWord(written);
  const topic = topics.find((one) => one.word === word);
  if (topic !== undefined) return topic;
  const words = topics.map((one) => one.word);
  const near = nearest(word, words);
  const advice = near === null ? "ksnapshot explain lists them" : `did you mean ${near}?`;
  throw new UsageError(`there is no annotation and no diagnostic ${JSON.stringify(written)}: ${advice}`);
}

function topicText({ word, text }: Topic): string {
  return `${style.bold(word)}\n\n${forTerminal(text)}\n`;
}

/** Markdown reads well as it is, but for its marks of bold and slanted words and its hard-wrapped lines. */
function forTerminal(markdown: string): string {
  return markdown
    .replace(/\*\*(.+?)\*\*/g, (_, words: string) => style.bold(words))
    .replace(/(^|[\s(])_([^_\n]+)_/g, (_, before: string, words: string) => before + style.underline(words))
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, "$1 ($2)");
}

function listText(topics: readonly Topic[]): string {
  const rows = (kind: Topic["kind"]) =>
    topics.filter((topic) => topic.kind === kind).map((topic) => [topic.word, firstSentence(topic)]);
  const table = (kind: Topic["kind"]) => tableText([[kind, "meaning"], ...rows(kind)]);
  return `${table("annotation")}\n${table("diagnostic")}`;
}

function firstSentence({ text }: Topic): string {
  const flat = text
    .replace(/\s+/g, " ")
    .replace(/^_\w+\._ /, "")
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1");
  return /^.+?[.:](?= |$)/.exec(flat)?.[0].replace(/:$/, ".") ?? flat;
}
