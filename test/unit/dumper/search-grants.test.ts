import { expect, test } from "@jest/globals";
import { Grants, restrictionOf } from "../../../dumper/source/search/grants.ts";

const all = { names: ["*"], privileges: ["all"] };
const some = { names: ["shop-*"], privileges: ["read", "monitor"], query: ['{"term":{"a":1}}'] };
const parts = { names: "/shop-[0-9]+/", privileges: ["read"], field_security: [{ grant: ["a"], except: null }] };

test.each([
  ["everything", [all], { documents: false, fields: false }],
  ["some documents", [some], { documents: true, fields: false }],
  ["some fields", [parts], { documents: false, fields: true }],
  ["each part by a role of its own, which add up", [some, parts], { documents: false, fields: false }],
  ["everything beside a part", [some, all], { documents: false, fields: false }],
  [
    "a part, and everything of others",
    [some, { ...all, names: ["other", "shop-?"] }],
    { documents: true, fields: false },
  ],
  [
    "a part, and to monitor everything",
    [some, { ...all, privileges: ["monitor"] }],
    { documents: true, fields: false },
  ],
  ["all fields by name", [{ ...all, field_security: [{ grant: ["*"], except: [] }], query: [] }], { documents: false, fields: false }], // prettier-ignore
  ["all fields but some", [{ ...all, field_security: [{ grant: ["*"], except: ["b"] }] }], { documents: false, fields: true }], // prettier-ignore
  ["no grant that is known", [{ ...all, names: ["/[/"] }], { documents: false, fields: false }],
])("an account sees %s", (_, indices, restriction) => {
  expect(restrictionOf(Grants.parse({ indices }), ["shop-10", "shop"])).toEqual(restriction);
});
