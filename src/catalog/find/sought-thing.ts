import { parseSoughtName } from "../../core/document.ts";
import { isAbsolutePath, normalizePath, resolvePath } from "../../core/path.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { parseSha256Prefix, type Sha256Prefix } from "../../core/sha256.ts";
import { fileUriFromPath, parseStorageUri, type StorageUri } from "../../core/storage-uri.ts";

/** All that a word can name. A word can be several of these at once, and each that fits counts. */
export interface SoughtThing {
  /** As it was given. */
  readonly word: string;
  /** The id of a row; `undefined` for what is none. */
  readonly id: number | undefined;
  /** An artifact id or a source URL: as it was given, and without its secrets if it has some. */
  readonly names: readonly string[];
  /** A hash, or the start of one; `undefined` for what is none. */
  readonly hash: Sha256Prefix | undefined;
  /** Places for bytes: a URI, or that of a path. */
  readonly places: readonly StorageUri[];
}

/** Options of {@link parseSoughtThing}. */
export interface SoughtOptions {
  /** The absolute folder that relative paths are seen from. @default no word is a relative path */
  readonly workingDirectory?: string | undefined;
}

/**
 * Reads a word that names something: by row id, artifact id, source URL, hash or the first characters of one (at least
 * 4), path or URI.
 * @throws {TypeError} when it is empty, has a NUL or is not well-formed Unicode
 */
export function parseSoughtThing(word: string, { workingDirectory }: SoughtOptions = {}): SoughtThing {
  const name = parseSoughtName("target", word);
  const id = /^[1-9]\d*$/.test(name) ? Number(name) : Number.NaN;
  const places = new Set<StorageUri>();
  const uri = orNone(() => parseStorageUri(name));
  if (uri !== undefined) places.add(uri);
  if (isAbsolutePath(name)) places.add(fileUriFromPath(normalizePath(name)));
  else if (workingDirectory !== undefined) places.add(fileUriFromPath(resolvePath(workingDirectory, name)));
  return {
    word: name,
    id: Number.isSafeInteger(id) ? id : undefined,
    names: [...new Set([name, cleanSecrets(name)])],
    hash: orNone(() => parseSha256Prefix(name)),
    places: [...places],
  };
}

function orNone<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
