/** A root file system on disk, to build images on. */
export interface RootFilesystem {
  readonly directory: string;
  /** The same as an uncompressed layer archive; its path is unique for its content. */
  readonly layer: string;
}
