import { startMariadb } from "../bed/mariadb.ts";
import { mariadbVersions } from "../bed/mariadb-server.ts";
import { describeRoundTrips } from "./mysql-round-trips.ts";

for (const version of mariadbVersions) {
  describeRoundTrips(`MariaDB ${version}`, (settings) => startMariadb({ version, settings }));
}
