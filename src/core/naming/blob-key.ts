import { quote } from "../messages/quote.ts";

/** The name of a blob inside its store: relative, "/" between names, none of them empty, "." or "..". */
export type BlobKey = string & { readonly __type: "BlobKey" };

/** The folders of the catalog's own under a root. They begin with a dot, which no stored name does. */
export const OWN_FOLDERS = {
  /** Bytes that are on their way in. */
  staging: ".staging",
  /** Bytes that failed verification, with their evidence. */
  quarantine: ".quarantine",
  /** Blobs that a collector is about to delete. */
  trash: ".trash",
  /** Which catalogs use the root. */
  marker: ".content-catalog",
} as const;

/** What is longer is no marker of a root, in bytes. */
export const MAX_MARKER_BYTES = 65_536;

/** Reads the name of a blob. @throws {SyntaxError} when it is absolute, climbs, or has empty names or a NUL */
export function parseBlobKey(text: string): BlobKey {
  const names = text.split("/");
  if (text.includes("\0") || names.some((name) => name === "" || name === "." || name === "..")) {
    throw new SyntaxError(`Cannot use ${quote(text)} as the name of a blob: expected names with "/" between them`);
  }
  return text as BlobKey;
}

/** Reads the name of a blob; `undefined` for a text that is none. */
export function findBlobKey(text: string): BlobKey | undefined {
  try {
    return parseBlobKey(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
