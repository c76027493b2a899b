/*
 * The shapes of a made download tree: which types, names and bytes record number `n` has. Everything follows from the
 * seed, so that a corpus can be made again.
 */
import { createHash } from "node:crypto";

/** What found the URLs. */
export const RESOLVERS = ["unpaywall", "crossref", "openalex", "europe_pmc", "arxiv", "landing_page"];

const PDF = { type: "application/pdf", extension: "pdf", head: "%PDF-1.7\n" };
const OTHER_KINDS = [
  { type: "text/html", extension: "html", head: "<!doctype html>\n<title>page</title>\n" },
  { type: "application/xml", extension: "xml", head: '<?xml version="1.0"?>\n<article/>\n' },
  { type: "application/zip", extension: "zip", head: "PK\u0003\u0004" },
];

/** Names that trip up whoever builds paths or prints tables; each pair differs in normalisation, case or escaping. */
const ODD_NAMES = [
  ["na\u00efve r\u00e9sum\u00e9", "nai\u0308ve re\u0301sume\u0301"],
  ["Case", "case"],
  ["with space", "with+space"],
  ["100%", "100%25"],
  ["semi;colon", "quote'"],
  ["tab\tname", "line\nname"],
  ["\u001b[31mred\u001b[0m", "back\\slash"],
  ["\u540d\u524d", "\u202egnp.exe"],
  ["a".repeat(180), "#?&="],
];

/** The kind of file that record `n` is: seven of ten are PDF. */
export function kindOf(n) {
  return n % 10 < 7 ? PDF : (OTHER_KINDS[n % 3] ?? PDF);
}

/** The path of record `n` below the corpus, with "/" between names. */
export function pathOf(n, resolver) {
  const { extension } = kindOf(n);
  const twin = n % 41 === 7 ? 0 : n % 41 === 8 ? 1 : undefined;
  if (twin !== undefined) {
    // Two neighbours share folder and number, so that only the odd part tells them apart.
    const pair = n - twin;
    return `files/odd/${ODD_NAMES[pair % ODD_NAMES.length]?.[twin]}-${pair}.bin`;
  }
  return `files/${resolver}/${String(n % 64).padStart(2, "0")}/full-text-${n}.${extension}`;
}

/** Random numbers from 0 to 1, by mulberry32: small, seeded, good enough for shapes. */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The size of record `n` in bytes: around `meanBytes`, some are empty, one of a thousand is 400 times as large. */
export function sizeOf(n, meanBytes, random) {
  const spread = Math.exp((random() + random() + random() - 1.5) * 1.8);
  if (n % 97 === 13) return 0;
  return Math.max(16, Math.floor(meanBytes * spread * (n % 997 === 500 ? 400 : 1)));
}

/** `size` bytes that begin like a file of that kind and differ for every `n` and `seed`. */
export function bytesOf(n, size, seed) {
  const bytes = Buffer.alloc(size);
  let word = (Math.imul(n, 2654435761) + seed) >>> 0;
  for (let at = 0; at + 4 <= size; at += 4) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0; // Numerical Recipes' linear congruence
    bytes.writeUInt32LE(word, at);
  }
  const { head } = kindOf(n);
  if (size > head.length) bytes.write(head, 0, "latin1");
  return bytes;
}

/** SHA-256 in hexadecimal. */
export function sha256Of(data) {
  return createHash("sha256").update(data).digest("hex");
}
