import { expect, test } from "@jest/globals";
import { leftOutText, notesText } from "../../../cli/caveats.ts";

test("what was left out is told by its reason, and of many the first few", () => {
  const own = Array.from({ length: 100 }, (_, index) => `template t${index}: the server's own`);
  const skipped = [...own, "documents of index a: it keeps no _source", "policy: the server's own", "--no-acl"];

  expect(leftOutText(skipped).split("\n")).toEqual([
    "left out of the snapshot: template t0, template t1, template t2, template t3, template t4 and 96 more: the server's own",
    "left out of the snapshot: documents of index a: it keeps no _source",
    "left out of the snapshot: --no-acl",
    "",
  ]);
  expect(leftOutText([])).toBe("");
});

test("neither what was left out nor a note is more than a line, whatever a name holds", () => {
  expect(leftOutText(["index \x1b[2J\nwhole: closed"])).toBe(
    "left out of the snapshot: index \\u001b[2J\\nwhole: closed\n",
  );
  expect(notesText(["one", "two\n\x07"])).toBe("note: one\nnote: two\\n\\u0007\n");
});
