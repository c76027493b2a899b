import { quote } from "./messages/quote.ts";

/** A SHA-256 digest (FIPS 180-4) as 64 lowercase hexadecimal characters. */
export type Sha256 = string & { readonly __type: "Sha256" };

/** The beginning of a {@link Sha256}: 4 to 64 lowercase hexadecimal characters. */
export type Sha256Prefix = string & { readonly __type: "Sha256Prefix" };

/** The digest of no bytes at all. */
export const EMPTY_SHA256: Sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" as Sha256;

const DIGEST = /^[0-9a-f]{64}$/;

/** Whether `value` has the form of a {@link Sha256}. */
export function isSha256(value: unknown): value is Sha256 {
  return typeof value === "string" && DIGEST.test(value);
}

/**
 * Reads a digest; upper case and a `sha256:` or `sha256-` label in front are accepted and normalised.
 * @throws {SyntaxError} when `text` is anything else
 */
export function parseSha256(text: string): Sha256 {
  const digest = DIGEST.test(text) ? text : stripLabel(text);
  if (!DIGEST.test(digest)) {
    throw new SyntaxError(`Cannot parse SHA-256 ${quote(text)}: expected 64 hexadecimal characters`);
  }
  return digest as Sha256;
}

/**
 * Reads the beginning of a digest; a whole one is a prefix too.
 * @throws {SyntaxError} when `text` has fewer than 4 or more than 64 characters, or others than hexadecimal ones
 */
export function parseSha256Prefix(text: string): Sha256Prefix {
  const prefix = stripLabel(text);
  if (!/^[0-9a-f]{4,64}$/.test(prefix)) {
    throw new SyntaxError(`Cannot parse hash prefix ${quote(text)}: expected 4 to 64 hexadecimal characters`);
  }
  return prefix as Sha256Prefix;
}

function stripLabel(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^sha256[:-]/, "");
}
