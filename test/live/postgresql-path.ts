import { delimiter } from "node:path";
import { type PostgresClientMajor, postgresClientMajors, postgresClients } from "../bed/postgres-clients.ts";

/** A PATH with the clients of every major that the bed has, the oldest first: what is found first must not be what counts. */
export async function pathOfEveryMajor(options: { readonly without?: PostgresClientMajor } = {}): Promise<string> {
  const majors = postgresClientMajors.filter((major) => major !== options.without);
  const directories = await Promise.all(majors.map((major) => postgresClients(major)));
  return [...directories, process.env["PATH"] ?? ""].join(delimiter);
}
