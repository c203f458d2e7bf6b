import { startMysql } from "../bed/mysql.ts";
import { mysqlVersions } from "../bed/mysql-server.ts";
import { describeRoundTrips } from "./mysql-round-trips.ts";

for (const version of mysqlVersions) {
  describeRoundTrips(`MySQL ${version}`, (settings) => startMysql({ version, settings }));
}
