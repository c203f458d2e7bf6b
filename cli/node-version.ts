/** The least version of Node.js that the bundle runs on; as in package.json. */
export const neededNode = "22.15";

/** Why the program cannot run there. Null: it can. @param found such as `22.15.0` */
export function nodeProblem(found: string): string | null {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const [neededMajor = 0, neededMinor = 0] = neededNode.split(".").map(Number);
  const isEnough = major > neededMajor || (major === neededMajor && minor >= neededMinor);
  return isEnough ? null : `Node.js ${neededNode} or newer is needed, and this is ${found}`;
}
