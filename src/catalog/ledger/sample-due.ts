import { seededRandom } from "../../core/verification/seeded-random.ts";
import type { CatalogContext } from "../context.ts";
import { type DueBlob, type DueOptions, listDue } from "./list-due.ts";

/** How much is drawn. */
export interface SampleOptions extends DueOptions {
  /** How many are due, as `countDue` says. */
  readonly blobs: number;
  /** Which part of them is drawn, above 0 and up to 1. */
  readonly share: number;
}

/** How many blobs a sample has: its share, rounded, and one at least where any is due. */
export function sampleSize({ blobs, share }: Pick<SampleOptions, "blobs" | "share">): number {
  return Math.min(blobs, Math.max(1, Math.round(blobs * share)));
}

/**
 * Draws among the blobs that are due, each with the same chance, in the order of `listDue`: selection sampling, which is
 * algorithm S of Knuth, The Art of Computer Programming, 3.4.2. Nothing is kept but how many are to come.
 */
export async function* sampleDue(
  context: Pick<CatalogContext, "sql" | "entropy">,
  options: SampleOptions,
): AsyncGenerator<readonly DueBlob[], void, undefined> {
  const random = seededRandom(context.entropy.nonce());
  let toCome = options.blobs;
  let wanted = sampleSize(options);
  for await (const page of listDue(context, options)) {
    const drawn = page.filter(() => {
      const isDrawn = random() * toCome < wanted;
      toCome -= 1;
      if (isDrawn) wanted -= 1;
      return isDrawn;
    });
    if (drawn.length > 0) yield drawn;
    if (wanted <= 0) return;
  }
}
