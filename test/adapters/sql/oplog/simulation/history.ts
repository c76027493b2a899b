/** A promise of the engine that was not kept. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** What processes did and saw, from which follows what must be there. */
export class History {
  /** Batches that were acknowledged. */
  readonly acknowledged: Set<string> = new Set();
  /** Batches of which it was said that nothing was committed. */
  readonly denied: Set<string> = new Set();
  /** The longest list that anybody saw since the last power failure. */
  #longest: readonly string[] = [];
  /** Whether something may have been lost since then that nobody was told of as durable. */

  /** Notes what somebody saw, who must have seen `known` at least. */
  observe(lines: readonly string[], known: ReadonlySet<string>, where: string): void {
    const shorter = lines.length < this.#longest.length ? lines : this.#longest;
    const longer = shorter === lines ? this.#longest : lines;
    const at = shorter.findIndex((line, index) => longer[index] !== line);
    if (at >= 0) throw new Violation(`${where} saw ${show(lines)}, somebody else ${show(this.#longest)}`);
    this.#longest = longer;
    if (new Set(lines).size !== lines.length) throw new Violation(`${where} saw something twice: ${show(lines)}`);
    for (const batch of known) this.#requireWhole(lines, batch, where);
    for (const batch of this.denied) {
      if (lines.includes(`${batch}/1`)) throw new Violation(`${where} saw ${batch}, which was said to have failed`);
    }
    for (const line of lines) {
      const [batch = ""] = line.split("/");
      this.#requireWhole(lines, batch, where);
    }
  }

  /** The power failed, and this is what is left. */
  recover(lines: readonly string[], where: string): void {
    const lost = this.#longest;
    if (lines.some((line, index) => index < lost.length && lost[index] !== line)) {
      throw new Violation(`${where}: ${show(lines)} is not how ${show(lost)} began`);
    }
    this.#longest = [];
    this.observe(lines, this.acknowledged, where);
  }

  /** For one of several outcomes of the same power failure. */
  clone(): History {
    const copy = new History();
    for (const batch of this.acknowledged) copy.acknowledged.add(batch);
    for (const batch of this.denied) copy.denied.add(batch);
    copy.#longest = this.#longest;
    return copy;
  }

  #requireWhole(lines: readonly string[], batch: string, where: string): void {
    const at = lines.indexOf(`${batch}/1`);
    if (at < 0) throw new Violation(`${where} misses ${batch} in ${show(lines)}`);
    if (lines[at + 1] !== `${batch}/2`) throw new Violation(`${where} has half of ${batch} in ${show(lines)}`);
  }
}

function show(lines: readonly string[]): string {
  return `[${lines
    .filter((line) => line.endsWith("/1"))
    .map((line) => line.slice(0, -2))
    .join(" ")}]`;
}
