import { describe, expect, test } from "@jest/globals";
import { innodbKey, likeTablesOf, tableKey } from "../../../dumper/source/mysql/innodb-names.ts";

// As MySQL 9.7 and MariaDB 11.8 show them.
describe("the name that InnoDB has", () => {
  test.each([
    ["d@002d@0p/Orders", "d-é", "Orders"],
    ["d@002d@0p/a@0024b@0060_@0G@M0@6f22@1S", "d-é", "a$b`_ÀЖ漢Ā"],
    ["d@002d@0p/o@0023p@0020r@2603d@0prs#p#p@0020@0p", "d-é", "o#p r☃dérs"],
    ["part/orders#P#p0#SP#p0sp1", "part", "orders"],
  ])("%s is of a table of its database", (name, database, table) => {
    expect(innodbKey(name)).toBe(tableKey(database, table));
  });

  test("of a table is looked for by its database", () => {
    expect(likeTablesOf("my_d-é")).toBe("my|_d@002d%/%");
  });
});
