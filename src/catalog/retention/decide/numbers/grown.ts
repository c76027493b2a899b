/** The least room for numbers. */
const FIRST_ROOM = 1024;

/** An array with half as much room again, and at least some, that begins as another one. */
export function grown<Numbers extends Float64Array | Int32Array | Uint8Array>(
  numbers: Numbers,
  create: (size: number) => Numbers,
): Numbers {
  const next = create(Math.max(FIRST_ROOM, Math.ceil(numbers.length * 1.5)));
  next.set(numbers);
  return next;
}
