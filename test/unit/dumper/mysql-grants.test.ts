import { describe, expect, test } from "@jest/globals";
import {
  account,
  grantedDatabase,
  isGranted,
  isGrantedGlobally,
  parseGrant,
} from "../../../dumper/source/mysql/grants.ts";

function grantsOf(...lines: readonly string[]) {
  return lines.map(parseGrant).filter((grant) => grant !== null);
}

describe("SELECT on the database my_shop", () => {
  test.each([
    { line: "GRANT SELECT ON `my\\_shop`.* TO `bk`@`%`", isThere: true },
    { line: "GRANT SELECT ON `my_shop`.* TO 'bk'@'%'", isThere: true },
    { line: "GRANT SELECT ON `my%`.* TO 'bk'@'%'", isThere: true },
    { line: "GRANT ALL PRIVILEGES ON `my_shop`.* TO 'bk'@'%' WITH GRANT OPTION", isThere: true },
    { line: "GRANT INSERT, SELECT, SHOW VIEW ON *.* TO 'bk'@'%'", isThere: true },
    { line: "GRANT USAGE ON *.* TO `bk`@`%` IDENTIFIED BY PASSWORD '*D821'", isThere: false },
    { line: "GRANT INSERT ON `my_shop`.* TO 'bk'@'%'", isThere: false },
    { line: "GRANT SELECT ON `my\\_sho`.* TO 'bk'@'%'", isThere: false },
    { line: "GRANT SELECT ON `my.shop`.* TO 'bk'@'%'", isThere: false },
    { line: "GRANT SELECT ON `my_shop`.`one table` TO 'bk'@'%'", isThere: false },
    { line: "GRANT SELECT (`id`, `note`), INSERT ON `my_shop`.* TO 'bk'@'%'", isThere: false },
    { line: "GRANT EXECUTE ON PROCEDURE `my_shop`.`SELECT` TO 'bk'@'%'", isThere: false },
    { line: "GRANT `reader`@`%` TO `bk`@`%`", isThere: false },
    { line: "GRANT PROXY ON ''@'' TO 'root'@'localhost' WITH GRANT OPTION", isThere: false },
  ])("$line: $isThere", ({ line, isThere }) => {
    expect(isGranted(grantsOf(line), "SELECT", "my_shop")).toBe(isThere);
  });

  test("may be taken back from one database of all", () => {
    const grants = grantsOf("GRANT SELECT ON *.* TO `bk`@`%`", "REVOKE SELECT ON `my_shop`.* FROM `bk`@`%`");

    expect(isGranted(grants, "SELECT", "my_shop")).toBe(false);
    expect(isGranted(grants, "SELECT", "other")).toBe(true);
  });
});

test("a table may be granted alone, and its name may hold anything", () => {
  const grants = grantsOf("GRANT SELECT ON `s``hop`.`it's a ``t``` TO 'bk'@'%'");

  expect(isGranted(grants, "SELECT", "s`hop", "it's a `t`")).toBe(true);
  expect(isGranted(grants, "SELECT", "s`hop", "other")).toBe(false);
});

test("a dynamic privilege counts only for the whole server", () => {
  const grants = grantsOf("GRANT BACKUP_ADMIN,SHOW_ROUTINE ON *.* TO `bk`@`%`");

  expect(isGrantedGlobally(grants, "SHOW_ROUTINE")).toBe(true);
  expect(isGrantedGlobally(grantsOf("GRANT SELECT ON `a`.* TO `bk`@`%`"), "SELECT")).toBe(false);
});

test("names are written as a statement needs them", () => {
  expect(account("it's@me@%")).toBe(String.raw`'it\'s@me'@'%'`);
  expect(grantedDatabase("my_sh`op%")).toBe("`my\\_sh``op\\%`");
});
