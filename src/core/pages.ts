/** So many entries are listed at a time: few enough to be there soon, so many that each costs next to nothing. */
export const PAGE_SIZE = 256;

/** Cuts what there is into pages of {@link PAGE_SIZE}, none of them empty. */
export function* inPages<Item>(items: readonly Item[]): Generator<readonly Item[], void, undefined> {
  for (let at = 0; at < items.length; at += PAGE_SIZE) yield items.slice(at, at + PAGE_SIZE);
}
