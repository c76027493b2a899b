/** A place in a JSON text that is wrong. */
export interface JsonFault {
  /** Counted in UTF-16 code units from 0. */
  readonly offset: number;
  readonly reason: string;
}

interface Frame {
  readonly kind: "object" | "array";
  readonly keys: Set<string>;
}

/** What may come next. `close` stands for the closing bracket of the innermost group. */
type State = "value" | "value-or-close" | "key" | "key-or-close" | "colon" | "comma-or-close" | "end";

const SPACE = /[ \t\n\r]*/y;
const SPACE_OR_COMMENTS = /(?:[ \t\n\r]+|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)*/y;
const TOKEN =
  /[{}[\],:]|"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Finds the first fault of a JSON text with its place, which `JSON.parse` does not always tell, or the first key that
 * stands twice in one object, which it never tells. `lenient` allows comments and trailing commas.
 */
export function findJsonFault(text: string, lenient: boolean): JsonFault | undefined {
  const space = lenient ? SPACE_OR_COMMENTS : SPACE;
  const frames: Frame[] = [];
  let state: State = "value";
  let offset = 0;
  for (;;) {
    space.lastIndex = offset;
    space.exec(text);
    offset = space.lastIndex;
    if (offset === text.length) return state === "end" ? undefined : { offset, reason: "the text ends too early" };
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text)?.[0];
    const next: State | typeof TWICE | undefined = token === undefined ? undefined : step(state, token, frames);
    if (next === undefined) return { offset, reason: EXPECTED[state] };
    if (next === TWICE) return { offset, reason: "this key stands in the group twice" };
    state = state === "comma-or-close" && !lenient ? withoutClose(next) : next;
    offset = TOKEN.lastIndex;
  }
}

const TWICE = "twice";

const EXPECTED: Readonly<Record<State, string>> = {
  value: "expected a value",
  "value-or-close": 'expected a value or "]"',
  key: "expected a key in double quotes",
  "key-or-close": 'expected a key in double quotes or "}"',
  colon: 'expected ":"',
  "comma-or-close": 'expected "," or the end of the group',
  end: "expected the end of the file",
};

/** What may follow a comma where trailing commas are not allowed. */
function withoutClose(state: State): State {
  if (state === "key-or-close") return "key";
  return state === "value-or-close" ? "value" : state;
}

/** The state after `token`, `twice` for a key that was there, or `undefined` if the token cannot stand here. */
function step(state: State, token: string, frames: Frame[]): State | typeof TWICE | undefined {
  const frame = frames.at(-1);
  if (frame !== undefined && token === (frame.kind === "object" ? "}" : "]")) {
    if (!state.endsWith("-or-close")) return undefined;
    frames.pop();
    return frames.length === 0 ? "end" : "comma-or-close";
  }
  switch (state) {
    case "value":
    case "value-or-close":
      return stepValue(token, frames);
    case "key":
    case "key-or-close":
      return stepKey(token, frame);
    case "colon":
      return token === ":" ? "value" : undefined;
    case "comma-or-close":
      if (token !== ",") return undefined;
      return frame?.kind === "object" ? "key-or-close" : "value-or-close";
    default:
      return undefined;
  }
}

function stepValue(token: string, frames: Frame[]): State | undefined {
  if (token === "{") {
    frames.push({ kind: "object", keys: new Set() });
    return "key-or-close";
  }
  if (token === "[") {
    frames.push({ kind: "array", keys: new Set() });
    return "value-or-close";
  }
  if (/^[}\],:]$/.test(token)) return undefined;
  return frames.length === 0 ? "end" : "comma-or-close";
}

function stepKey(token: string, frame: Frame | undefined): State | typeof TWICE | undefined {
  if (!token.startsWith('"')) return undefined;
  const key: unknown = JSON.parse(token);
  if (frame === undefined || typeof key !== "string") return undefined;
  if (frame.keys.has(key)) return TWICE;
  frame.keys.add(key);
  return "colon";
}
