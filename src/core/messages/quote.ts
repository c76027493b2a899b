/** How a character that must not reach a terminal or a log is written instead. */
function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * C0 and C1 controls, DEL, lone surrogates, line and paragraph separators, and the bidirectional and zero-width
 * characters with which a name can pretend to be another (Unicode TR 36, "Trojan Source").
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** `text` with everything escaped that could steer a terminal or hide in a line; safe to print anywhere. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** `value` in double quotes for a message, with controls escaped and at most `limit` characters. @default limit 200 */
export function quote(value: string, limit = 200): string {
  const shown = value.length > limit ? `${value.slice(0, limit)}…` : value;
  return `"${escapeControls(shown)}"`;
}
