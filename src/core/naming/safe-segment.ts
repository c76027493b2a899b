import { shortHash } from "./short-hash.ts";

/** Options of {@link safeSegment}. */
export interface SafeSegmentOptions {
  /** Names that mean something else in that place, in lower case: they are changed like unsafe ones. */
  readonly reserved?: readonly string[] | undefined;
}

/** What ext4, APFS, NTFS and most others take: bytes of UTF-8 here, which are never fewer than UTF-16 code units. */
const MAX_SEGMENT_BYTES = 255;

/** What counts as an extension: short, and with a letter, so that `10.1234` has none. */
const EXTENSION = /[^.](\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,12})$/;

/**
 * Characters that Windows refuses, controls, lone surrogates, and the bidirectional and zero-width ones with which a
 * name can pretend to be another (Unicode TR 36).
 */
const UNSAFE =
  /[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** A leading dot hides a name or is one of ours, a leading dash or tilde means something to a shell. */
const UNSAFE_START = /^[\s.~-]+/u;

/** Windows drops dots and spaces at the end, so that two names become one. */
const UNSAFE_END = /[\s.]+$/u;

/** Device names of Windows, with or without an extension. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i;

/** What a changed name ends in; an unchanged one that ends like this is changed too, so that it is nobody else's. */
const MARK = /~[0-9a-f]{10}(\.[^.]*)?$/;

/**
 * `text` as one name of a path that every common file system takes, in Unicode NFC. A text that is safe stays as it is;
 * where anything had to change, "~" and a hash of the text are added before the extension, so that two texts never
 * get the same name. A text with slashes becomes one name: `doi:10.1234/abcd` is `doi_10.1234_abcd~` and the hash.
 */
export function safeSegment(text: string, options: SafeSegmentOptions = {}): string {
  const safe = text
    .normalize("NFC")
    .replace(UNSAFE, "_")
    .replace(UNSAFE_END, "")
    .replace(UNSAFE_START, (start) => "_".repeat(start.length));
  const isFine =
    safe === text &&
    safe !== "" &&
    utf8Length(safe) <= MAX_SEGMENT_BYTES &&
    !DEVICE.test(safe) &&
    !MARK.test(safe) &&
    options.reserved?.includes(safe.toLowerCase()) !== true;
  // The mark alone does not help "con.txt~": Windows looks at what stands before the first dot.
  return isFine ? safe : addToName(safe === "" || DEVICE.test(safe) ? `_${safe}` : safe, `~${shortHash(text)}`);
}

/** `name` with `mark` before its extension, cut so that it fits; the extension is kept. */
export function addToName(name: string, mark: string): string {
  const extension = extensionOf(name);
  const stem = name.slice(0, name.length - extension.length);
  const room = MAX_SEGMENT_BYTES - utf8Length(extension) - utf8Length(mark);
  return cutToBytes(stem, room) + mark + extension;
}

/** The extension of a file name with its dot, like `.pdf`; `""` where it has none. */
export function extensionOf(name: string): string {
  return EXTENSION.exec(name)?.[1] ?? "";
}

function cutToBytes(text: string, maxBytes: number): string {
  let cut = "";
  let bytes = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > maxBytes) break;
    cut += character;
  }
  return cut;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
