import { quote } from "./messages/quote.ts";
import { cleanSecrets } from "./secrets/clean-secrets.ts";
import { parseSha256, type Sha256 } from "./sha256.ts";
import { parseStorageUri, type StorageUri } from "./storage-uri.ts";
import { parseTimestamp, type Timestamp } from "./timestamp.ts";

/** One row of the inventory: an artifact got from one URL by one resolver. Frozen. */
export interface DocumentRecord {
  /** Given by the catalog, never used twice. */
  readonly id: number;
  /** The thing wanted, for example `doi:10.1234/abcd`. */
  readonly artifactId: string;
  /** Where the bytes came from. */
  readonly sourceUrl: string;
  /** What found the URL, for example `unpaywall`. */
  readonly resolver: string;
  /** Media type (RFC 9110), or `null` where nobody said. */
  readonly contentType: string | null;
  /** Size of the blob in bytes. */
  readonly bytes: number;
  /** Digest of the blob, or `null` while hashing was off. */
  readonly sha256: Sha256 | null;
  /** Where the bytes are; it need not be under the storage root. */
  readonly storageUri: StorageUri;
  /** When it was downloaded, or where nobody said when it was registered. */
  readonly createdAt: Timestamp;
  /** When the row last changed. */
  readonly updatedAt: Timestamp;
  /** The pipeline execution that registered it. */
  readonly runId: string | null;
}

/** Another rendering of a document, for example `html` or `text`; the name is unique per document. Frozen. */
export interface VariantRecord {
  /** Given by the catalog, never used twice among variants. */
  readonly id: number;
  /** The {@link DocumentRecord.id} of the document that it renders. */
  readonly documentId: number;
  /** Its name, for example `html`. */
  readonly variant: string;
  /** Where the bytes are; it need not be under the storage root. */
  readonly storageUri: StorageUri;
  /** Size of the blob in bytes, or `null` while nobody looked at it. */
  readonly bytes: number | null;
  /** Media type (RFC 9110), or `null` where nobody said. */
  readonly contentType: string | null;
  /** Digest of the blob, or `null` where nobody hashed it. */
  readonly sha256: Sha256 | null;
  /** When it was made, or where nobody said when it was registered. */
  readonly createdAt: Timestamp;
}

/** What makes a document one of its kind. */
export interface DocumentKey {
  /** The thing wanted, for example `doi:10.1234/abcd`: not blank, up to 4096 UTF-16 code units, no NUL. */
  readonly artifactId: string;
  /** Where the bytes came from, taken as text and not as a URL; it may be as long as an id. */
  readonly sourceUrl: string;
  /** What found the URL, for example `unpaywall`; it may be as long as an id. */
  readonly resolver: string;
}

/** What a caller says about bytes that are stored already. */
export interface Registration extends DocumentKey {
  /** Media type (RFC 9110); a blank one counts as none. @default null */
  readonly contentType?: string | null | undefined;
  /** Size in bytes: a whole number from 0. */
  readonly bytes: number;
  /** 64 hexadecimal characters; upper case is accepted. */
  readonly sha256?: string | null | undefined;
  /** Absolute, for example `file:///data/a.pdf` or `s3://papers/a.pdf`; nobody looks there. */
  readonly storageUri: string;
  /** The pipeline execution. @default null */
  readonly runId?: string | null | undefined;
  /** When it was downloaded. @default now */
  readonly createdAt?: string | number | Date | undefined;
}

/** What a caller says about another rendering of a document. */
export interface VariantRegistration {
  /** For example `html`; unique per document. */
  readonly variant: string;
  /** Absolute, for example `file:///data/a.html`; nobody looks there. */
  readonly storageUri: string;
  /** Size in bytes: a whole number from 0, or `null` if nobody looked. */
  readonly bytes: number | null;
  /** Media type (RFC 9110); a blank one counts as none. @default null */
  readonly contentType?: string | null | undefined;
  /** 64 hexadecimal characters; upper case is accepted. @default null */
  readonly sha256?: string | null | undefined;
  /** When it was made; a text without a zone is UTC. @default now */
  readonly createdAt?: string | number | Date | undefined;
}

/** A {@link Registration} that was checked and normalised. */
export type ParsedRegistration = Omit<DocumentRecord, "id" | "updatedAt">;

/** A {@link VariantRegistration} that was checked and normalised. */
export type ParsedVariant = Omit<VariantRecord, "id" | "documentId">;

/** The longest id, URL, resolver or name, in UTF-16 code units; longer ones are no names but mistakes. */
export const MAX_NAME_LENGTH = 4096;

/** The longest storage URI, in UTF-16 code units: longer than a name, as a URI encodes each byte of most scripts. */
export const MAX_URI_LENGTH: number = MAX_NAME_LENGTH * 4;

/**
 * Checks and normalises what a caller says about a document.
 * @throws {TypeError} when a field is missing, empty, too long, or has a NUL
 * @throws {RangeError} when `bytes` is no whole number from 0
 * @throws {SyntaxError} when a hash, URI or time cannot be read
 */
export function parseRegistration(input: Registration, now: Timestamp): ParsedRegistration {
  return {
    ...parseKey(input),
    contentType: parseContentType(input.contentType),
    bytes: parseSize("bytes", input.bytes),
    sha256: parseOptionalSha256(input.sha256),
    storageUri: parseStorageUri(parseStoredName("storageUri", input.storageUri, MAX_URI_LENGTH)),
    createdAt: input.createdAt === undefined ? now : parseTimestamp(input.createdAt),
    runId: parseOptionalName("runId", input.runId),
  };
}

/** Checks and normalises what a caller says about a variant. Errors are those of {@link parseRegistration}. */
export function parseVariant(input: VariantRegistration, now: Timestamp): ParsedVariant {
  return {
    variant: parseStoredName("variant", input.variant, 255),
    storageUri: parseStorageUri(parseStoredName("storageUri", input.storageUri, MAX_URI_LENGTH)),
    bytes: input.bytes === null ? null : parseSize("bytes", input.bytes),
    contentType: parseContentType(input.contentType),
    sha256: parseOptionalSha256(input.sha256),
    createdAt: input.createdAt === undefined ? now : parseTimestamp(input.createdAt),
  };
}

/**
 * Checks a name that is looked for. However long it is, the answer is whether it is there: catalogs of before, and other
 * tools, may have stored longer names than would be taken now.
 * @throws {TypeError} when it is missing, empty, or has a NUL
 */
export function parseSoughtName(field: string, value: unknown): string {
  return parseName(field, value, Number.POSITIVE_INFINITY);
}

/** Checks what makes a document one of its kind, without secrets. Errors are those of {@link parseRegistration}. */
export function parseKey(input: DocumentKey): DocumentKey {
  return {
    artifactId: parseStoredName("artifactId", input.artifactId),
    sourceUrl: parseStoredName("sourceUrl", input.sourceUrl),
    resolver: parseStoredName("resolver", input.resolver),
  };
}

/** {@link parseName} for what is stored: secrets of URLs are taken out before. */
export function parseStoredName(field: string, value: unknown, maxLength?: number): string {
  return parseName(field, typeof value === "string" ? cleanSecrets(value) : value, maxLength);
}

/** Checks a text that names something. @throws {TypeError} when it is missing, empty, too long, or has a NUL */
export function parseName(field: string, value: unknown, maxLength: number = MAX_NAME_LENGTH): string {
  if (typeof value !== "string") throw new TypeError(`Cannot use ${field} ${describe(value)}: expected a string`);
  if (value.trim() === "") throw new TypeError(`Cannot use ${field} ${quote(value)}: it is empty`);
  if (value.includes("\0")) throw new TypeError(`Cannot use ${field} ${describe(value)}: it contains a NUL character`);
  if (!value.isWellFormed()) {
    throw new TypeError(`Cannot use ${field} ${describe(value)}: it is not well-formed Unicode`);
  }
  if (value.length > maxLength) {
    throw new TypeError(
      `Cannot use ${field} ${quote(cleanSecrets(value), 60)}: it has ${value.length} characters, the limit is ${maxLength}`,
    );
  }
  return value;
}

function parseOptionalName(field: string, value: unknown): string | null {
  return value === undefined || value === null ? null : parseStoredName(field, value);
}

/** Checks a size in bytes. @throws {RangeError} when it is no whole number from 0 to 2^53 - 1 */
export function parseSize(field: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`Cannot use ${field} ${describe(value)}: expected a whole number of bytes from 0`);
}

function parseOptionalSha256(value: string | null | undefined): Sha256 | null {
  return value === undefined || value === null ? null : parseSha256(value);
}

/** A short media type that is normalised already: nearly all are. */
const PLAIN_CONTENT_TYPE = /^[a-z0-9.+-]{1,100}\/[a-z0-9.+-]{1,100}$/;

/** What stands between semicolons, of which a quoted value may have its own. */
const CONTENT_TYPE_PART = /(?:[^;"]|"(?:[^"\\]|\\.)*"|")+/g;

/** A media type with its type and subtype in lower case; parameters keep their case. Empty becomes `null`. */
export function parseContentType(value: string | null | undefined): string | null {
  if (value === undefined || value === null || value.trim() === "") return null;
  if (PLAIN_CONTENT_TYPE.test(value)) return value;
  const parts = parseName("contentType", value).match(CONTENT_TYPE_PART) ?? [];
  const [type = "", ...parameters] = parts.map((part) => part.trim()).filter((part) => part !== "");
  return type === "" ? null : [type.toLowerCase(), ...parameters].join("; ");
}

function describe(value: unknown): string {
  return typeof value === "string" ? quote(cleanSecrets(value)) : String(value);
}
