/**
 * Words for a Node that soon ends. To make better code from WASM takes it longer than all that most commands do, and the
 * answers are the same.
 */
export const SHORT_LIVED: readonly string[] = ["--liftoff-only"];
