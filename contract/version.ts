/** The version of this release: package.json's, and the tag of its images. */
export const version = "1.0.0";
