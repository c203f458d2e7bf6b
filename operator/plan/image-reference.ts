import { printable } from "../../contract/printable.ts";

/** What a container's image is called: https://github.com/distribution/reference */
export interface ImageReference {
  /** Without registry: `bitnami/postgresql`. */
  readonly path: string;
  /** Empty where none is given. */
  readonly tag: string;
}

/** No reference that can be pulled is longer: 255 characters of a name, 128 of a tag. */
const maxLength = 512;

/** Reads `[registry[:port]/]path[:tag][@digest]`. Whatever text it is given, it gives something. */
export function parseImage(image: string): ImageReference {
  const [named = ""] = image.slice(0, maxLength).split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const name = colon === -1 ? named : named.slice(0, colon);
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  return {
    path: (hasRegistry ? rest.join("/") : name).toLowerCase(),
    tag: colon === -1 ? "" : named.slice(colon + 1),
  };
}

/** An image for people's eyes: the API server takes any text for one, however long and whatever is in it. */
export function imageText(image: string): string {
  return printable(image.length > maxLength ? `${image.slice(0, maxLength)}…` : image);
}
