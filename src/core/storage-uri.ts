import { quote } from "./messages/quote.ts";
import { isAbsolutePath, normalizePath } from "./path.ts";

/** Where a blob is: `file:///...` or `s3://bucket/key`, in the percent-encoded form of RFC 3986 and RFC 8089. */
export type StorageUri = string & { readonly __type: "StorageUri" };

/** What the URL parser would strip, swallow or read as syntax, beside what it encodes by itself. */
const RESERVED_IN_PATH = /[\u0000-\u0020%\\?#]/g;

/** A normalised path of characters that no URI encodes: there is nothing that the URL parser would change. */
const PLAIN_PATH = /^\/[\w./-]*$/;

/** How the URI of a file of this host begins, before the first slash of its path. */
const START = "file://";

/**
 * The `file:` URI of an absolute path, percent-encoded as the WHATWG URL Standard does it.
 * @throws {TypeError} when the path is relative, has a NUL, or is not well-formed Unicode, as no URI could name it
 */
export function fileUriFromPath(path: string): StorageUri {
  if (!isAbsolutePath(path)) throw new TypeError(`Cannot make a URI of path ${quote(path)}: it is not absolute`);
  if (path.includes("\0")) throw new TypeError(`Cannot make a URI of path ${quote(path)}: it contains a NUL`);
  if (!path.isWellFormed()) {
    throw new TypeError(`Cannot make a URI of path ${quote(path)}: it is not well-formed Unicode`);
  }
  const normalized = normalizePath(path);
  if (PLAIN_PATH.test(normalized)) return `file://${normalized}` as StorageUri;
  const encoded = normalized.replace(RESERVED_IN_PATH, encodeURIComponent);
  return new URL(`file://${encoded.startsWith("/") ? "" : "/"}${encoded}`).href as StorageUri;
}

/** The absolute path behind a `file:` URI, or `undefined` for any other scheme or a host that is not this one. */
export function findPathOfUri(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  const plain = uri.slice(START.length);
  if (uri.startsWith(START) && PLAIN_PATH.test(plain) && !plain.includes("/.")) return plain;
  const url = new URL(uri);
  if (url.hostname !== "" && url.hostname !== "localhost") return undefined;
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

/** A place in an object store. */
export interface ObjectPlace {
  /** The name of the bucket. */
  readonly bucket: string;
  /** The key within the bucket, without a slash in front; percent-encoded octets are decoded. */
  readonly key: string;
}

/** The `s3:` URI of an object. @throws {URIError} when the key is not well-formed Unicode */
export function s3UriFromPlace({ bucket, key }: ObjectPlace): StorageUri {
  return `s3://${bucket}/${encodeURI(key).replace(/[?#]/g, encodeURIComponent)}` as StorageUri;
}

/** The object behind an `s3:` URI, or `undefined` for any other scheme and for what no object can be called. */
export function findPlaceOfUri(uri: string): ObjectPlace | undefined {
  const [, bucket, path] = /^s3:\/\/([^/?#]+)\/([^?#]+)$/.exec(uri) ?? [];
  if (bucket === undefined || path === undefined) return undefined;
  try {
    return { bucket, key: decodeURIComponent(path) };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The normalised path behind a `file:` URI that was never checked; `undefined` also for one that names no path. */
export function decodePathOfUri(text: string): string | undefined {
  try {
    const path = findPathOfUri(text.replace(/^file:/i, "file:"));
    return path === undefined || path.includes("\0") ? undefined : normalizePath(path);
  } catch {
    // Nothing but decoding can fail here.
    return undefined;
  }
}

/**
 * Reads a storage URI. Any absolute URI is accepted, as blobs may lie outside the root.
 * @throws {SyntaxError} when `text` has no scheme or contains spaces or control characters
 */
export function parseStorageUri(text: string): StorageUri {
  if (!/^[a-z][a-z0-9+.-]*:[^\s\u0000-\u001f\u007f]+$/i.test(text)) {
    throw new SyntaxError(`Cannot parse storage URI ${quote(text)}: expected "file:///..." or "s3://bucket/key"`);
  }
  return text as StorageUri;
}
