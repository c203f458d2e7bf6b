/** A page of so many bytes is worth a request, and small enough to hold several. */
const targetBytes = 4 * 2 ** 20;
/** A longer page of several documents is given up and asked for again with fewer. */
export const maxPageBytes = 8 * 2 ** 20;
/** How many documents the first page has: nobody knows yet how large they are. */
const firstSize = 64;
const growth = 4;
const shrinkage = 8;

export function firstPageSize(limit: number): number {
  return Math.min(limit, firstSize);
}

/** How many documents to ask for after a page. @param limit what the user allows */
export function nextPageSize(
  limit: number,
  page: { readonly size: number; readonly bytes: number; readonly hits: number },
): number {
  const fitting = Math.floor(targetBytes / (page.bytes / Math.max(1, page.hits)));
  return Math.max(1, Math.min(limit, page.size * growth, fitting));
}

/** How many to ask for after a page that was longer than {@link maxPageBytes}. */
export function smallerPageSize(size: number): number {
  return Math.max(1, Math.floor(size / shrinkage));
}

/** The one size of a scroll's pages, which cannot be changed: from what the index takes on disk, where it is compressed. */
export function scrollPageSize(
  limit: number,
  index: { readonly documents: number; readonly storeBytes: number },
): number {
  const fitting = Math.floor(targetBytes / ((index.storeBytes * storeCompression) / Math.max(1, index.documents)));
  return Math.max(1, Math.min(limit, Number.isFinite(fitting) ? fitting : limit));
}

/** Text shrinks about so much in an index; the index structures beside it make up for some. */
const storeCompression = 4;
