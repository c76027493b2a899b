import { quote } from "../core/messages/quote.ts";

/** Throws unless `actual` is `expected`: the same value, or bytes, arrays and plain objects of the same content. */
export function assertEquals(actual: unknown, expected: unknown, what = "value"): void {
  if (!isEqual(actual, expected)) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Throws unless `condition` holds. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Throws unless `work` fails with an `Error` whose `code` is one of `codes`. */
export async function assertFails(work: () => Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const error = await findError(work);
  assert(error !== undefined, `expected a failure with ${codes.join(" or ")}, got none`);
  assert(error instanceof Error, `expected an Error, got ${typeof error}`);
  const code = "code" in error ? String(error.code) : "no code";
  assert(codes.includes(code), `expected ${codes.join(" or ")}, got ${code}: ${error.message}`);
}

/** Throws unless `work` fails, in whatever way. */
export async function assertThrows(work: () => unknown, what: string): Promise<void> {
  assert((await findError(work)) !== undefined, `${what}: expected a failure, got none`);
}

async function findError(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown as error");
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Uint8Array !== b instanceof Uint8Array) return false;
  const [ours, theirs] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    ours.length === theirs.size && ours.every(([key, value]) => theirs.has(key) && isEqual(value, theirs.get(key)))
  );
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes [${value.subarray(0, 32).join(" ")}]`;
  return typeof value === "object" ? JSON.stringify(value) : quote(String(value));
}
