/** Puts text in a colour, or leaves it as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** SGR sequences of ECMA-48; with `enabled` false, texts stay as they are. */
export function createPaint(enabled: boolean): Paint {
  const sgr = (on: number, off: number) => (text: string) => (enabled ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  return { bold: sgr(1, 22), red: sgr(31, 39), yellow: sgr(33, 39), dim: sgr(2, 22) };
}
