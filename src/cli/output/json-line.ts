import type { JsonFields } from "./part.ts";

/** What JSON allows in a text and a terminal would act on: DEL, C1 controls, bidirectional and invisible characters. */
const UNSAFE = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** One line of JSON (RFC 8259) that is safe to look at. */
export function formatJsonLine(fields: JsonFields): string {
  const text = JSON.stringify(fields).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}
