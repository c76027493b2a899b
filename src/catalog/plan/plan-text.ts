import { MAX_PLAN_LINE_BYTES } from "../../core/plan/plan-lines.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { Hasher } from "../../ports/hasher.ts";
import { planError } from "./plan-error.ts";

/** A line of a plan. */
export interface PlanTextLine {
  /** Without its line feed. */
  readonly text: string;
  /** With its line feed, in UTF-8. */
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly number: number;
}

/** Lines that follow each other, and their digest. */
export interface PlanBlock {
  /** At least one. */
  readonly lines: readonly PlanTextLine[];
  /** Of all of them, with their line feeds. */
  readonly sha256: Sha256;
}

/** A block ends with the line with which it has so many bytes. */
const BLOCK_BYTES = 65_536;

/**
 * Cuts a text that comes in pieces of any size into blocks of lines; the same text gives the same blocks.
 * @throws {CatalogError} REFUSED for a line that is longer than one of a plan, and where the last one has no line feed
 */
export async function* blocksOf(
  pieces: AsyncIterable<string>,
  hasher: Hasher,
): AsyncGenerator<PlanBlock, void, undefined> {
  let lines: PlanTextLine[] = [];
  let size = 0;
  for await (const line of linesOf(pieces)) {
    lines.push(line);
    size += line.bytes.byteLength;
    if (size < BLOCK_BYTES) continue;
    yield { lines, sha256: await digestOf(lines, hasher) };
    lines = [];
    size = 0;
  }
  if (lines.length > 0) yield { lines, sha256: await digestOf(lines, hasher) };
}

async function digestOf(lines: readonly PlanTextLine[], hasher: Hasher): Promise<Sha256> {
  const hash = await hasher.create();
  for (const { bytes } of lines) await hash.update(bytes);
  return hash.digest();
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<PlanTextLine, void, undefined> {
  const encoder = new TextEncoder();
  let number = 1;
  let rest = "";
  for await (const piece of pieces) {
    const text = rest + piece;
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const bytes = encoder.encode(text.slice(start, end + 1));
      if (bytes.byteLength > MAX_PLAN_LINE_BYTES) throw tooLong(number);
      yield { text: text.slice(start, end), bytes, number };
      start = end + 1;
      number += 1;
    }
    rest = text.slice(start);
    if (rest.length >= MAX_PLAN_LINE_BYTES) throw tooLong(number);
  }
  if (rest !== "") throw planError(`it is cut off: line ${number} has no end`);
}

function tooLong(number: number): Error {
  return planError(`line ${number} is longer than ${MAX_PLAN_LINE_BYTES} bytes`);
}
