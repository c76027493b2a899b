/** Octets in the percent-encoding of RFC 3986, in a row. */
const ENCODED_OCTETS = /(?:%[0-9a-f]{2})+/gi;

/**
 * Text in the form in which it is compared with other text: compatibility characters, canonical equivalents and case
 * make no difference (Unicode Standard, 3.13, compatibility caseless matching). Upper case comes last, as it joins what
 * lower case keeps apart: "ς" and "σ", "ß" and "ss".
 */
export function caselessForm(text: string): string {
  return text.normalize("NFKC").toLowerCase().toUpperCase().normalize("NFKC");
}

/** Text with its percent-encoded octets read as UTF-8; those that are no UTF-8 become U+FFFD. */
function percentDecode(text: string): string {
  return text.replace(ENCODED_OCTETS, (octets) => {
    const bytes = octets
      .slice(1)
      .split("%")
      .map((octet) => Number.parseInt(octet, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });
}

/** What somebody looks for in ids, URLs and paths, as they read them: in any case and normal form, encoded or not. */
export class TextMatch {
  readonly #wanted: string;
  /**
   * What a text contains, in either case, if it is ASCII without "%" and matches; `undefined` when no such text does.
   * Any other text has to be asked with {@link isIn}.
   */
  readonly ascii: string | undefined;

  /** Prepares the form of `text` that others are compared with. */
  constructor(text: string) {
    this.#wanted = caselessForm(text);
    this.ascii = /^[\u0000-\u007f]*$/.test(this.#wanted) ? this.#wanted.toLowerCase() : undefined;
  }

  /** Whether `text` contains it, as it stands or percent-decoded. */
  isIn(text: string): boolean {
    if (caselessForm(text).includes(this.#wanted)) return true;
    return text.includes("%") && caselessForm(percentDecode(text)).includes(this.#wanted);
  }
}
