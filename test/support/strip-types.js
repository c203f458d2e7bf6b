import { stripTypeScriptTypes } from "node:module";

/** Jest's transform: types become blanks, as when Node itself runs the file, so that lines and columns stay true. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
