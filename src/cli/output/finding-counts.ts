/** So many findings of a kind are shown: enough to see what is wrong, few enough to find what else is. */
const SHOWN_PER_KIND = 20;

/** Counts findings, of which only the first of each kind are shown. */
export class FindingCounts {
  readonly #counts: Map<string, number> = new Map();

  /** Counts one more; says whether it is shown. */
  add(kind: string): boolean {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count <= SHOWN_PER_KIND;
  }

  /** The kinds of which not all were shown, each with how many more there are; once. */
  takeHidden(): readonly (readonly [kind: string, count: number])[] {
    const hidden = [...this.#counts].filter(([, count]) => count > SHOWN_PER_KIND);
    this.#counts.clear();
    return hidden.map(([kind, count]) => [kind, count - SHOWN_PER_KIND] as const);
  }
}
