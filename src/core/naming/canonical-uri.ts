import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../storage-uri.ts";

/** Text in which a URI of a file can differ from the one that is stored: an escape, an empty name, or one with a dot. */
const ODD = /%|\/\/|\/\.|[?#\\]/;

/** How the URI of a file of this host begins, before the first slash of its path. */
const START = "file://";

/** Whether the path in a URI, with a slash in front, is surely written as it is stored: most are, and this tells at once. */
export function isPlainUriPath(path: string): boolean {
  return path.startsWith("/") && !ODD.test(path);
}

/** The normalised path of this host behind a URI, however that is written; `undefined` for one that names none. */
export function findLocalPath(uri: string): string | undefined {
  // Without the slash it is relative, and nobody knows to what.
  return /^file:\//i.test(uri) ? decodePathOfUri(uri) : undefined;
}

/**
 * The one text for all URIs of a path of this host: decoded, normalised and encoded again as RFC 8089 and the WHATWG URL
 * Standard write it, with the scheme in lower case, without host and empty names. Nothing is looked at. Any other URI
 * stays as it is.
 */
export function canonicalUriText(uri: StorageUri): StorageUri {
  if (uri.startsWith(START) && isPlainUriPath(uri.slice(START.length))) return uri;
  const path = findLocalPath(uri);
  return path === undefined ? uri : fileUriFromPath(path);
}
