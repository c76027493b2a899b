/** A promise of the engine that was not kept. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** What processes did and saw, from which follows what must be there. */
export class History {
  /** Batches that were acknowledged. */
  readonly #acknowledged: Set<string>;
  /** Batches that were acknowledged before they were durable. */
  readonly #applied: Set<string>;
  /** Batches of which it was said that nothing was committed. */
  readonly #denied: Set<string>;
  /** What databases held at each point of the log. */
  readonly #contents: Map<string, string>;
  /** The longest list that anybody saw since the last power failure. */
  #longest: readonly string[] = [];
  /** How every list begins for good: up to the last acknowledged batch that was there at the last power failure. */
  #settled: readonly string[] = [];
  /** The longest list before a power failure after which nobody has done anything yet. */
  #before: readonly string[] | undefined;

  constructor(from?: History) {
    this.#acknowledged = new Set(from?.acknowledged);
    this.#applied = new Set(from === undefined ? [] : from.#applied);
    this.#before = from === undefined ? undefined : from.#before;
    this.#denied = new Set(from?.denied);
    this.#contents = new Map(from === undefined ? [] : from.#contents);
    this.#longest = from === undefined ? [] : from.#longest;
    this.#settled = from === undefined ? [] : from.#settled;
  }

  get acknowledged(): ReadonlySet<string> {
    return this.#acknowledged;
  }

  /** What everybody must see unless the power fails. */
  get known(): ReadonlySet<string> {
    return new Set([...this.#acknowledged, ...this.#applied]);
  }

  get applied(): ReadonlySet<string> {
    return this.#applied;
  }

  get longest(): readonly string[] {
    return this.#longest;
  }

  get denied(): ReadonlySet<string> {
    return this.#denied;
  }

  acknowledge(batch: string): void {
    this.#acknowledged.add(batch);
  }

  /** It is there, and may be gone after a power failure. */
  apply(batch: string): void {
    this.#applied.add(batch);
  }

  /** What was there, so far at least, is durable now. */
  confirm(batches: Iterable<string>): void {
    for (const batch of batches) if (this.#applied.delete(batch)) this.#acknowledged.add(batch);
  }

  deny(batch: string): void {
    this.#denied.add(batch);
  }

  /** Somebody tries it again. */
  allow(batch: string): void {
    this.#denied.delete(batch);
  }

  /** Notes what somebody saw, who must have seen `known` at least. */
  observe(lines: readonly string[], known: ReadonlySet<string>, where: string): void {
    const shorter = lines.length < this.#longest.length ? lines : this.#longest;
    const longer = shorter === lines ? this.#longest : lines;
    const at = shorter.findIndex((line, index) => longer[index] !== line);
    if (at >= 0) throw new Violation(`${where} saw ${show(lines)}, somebody else ${show(this.#longest)}`);
    this.#longest = longer;
    if (this.#settled.some((line, index) => lines[index] !== line)) {
      throw new Violation(`${where} saw ${show(lines)}, which once began with ${show(this.#settled)}`);
    }
    if (new Set(lines).size !== lines.length) throw new Violation(`${where} saw something twice: ${show(lines)}`);
    for (const batch of known) requireWhole(lines, batch, where);
    for (const batch of this.#denied) {
      if (lines.includes(`${batch}/1`)) throw new Violation(`${where} saw ${batch}, which was said to have failed`);
    }
    for (const line of lines) requireWhole(lines, line.split("/")[0] ?? "", where);
  }

  /** Notes what a database holds at the point of the log with this chain value. */
  compare(chain: string, content: string, where: string): void {
    const other = this.#contents.get(chain);
    this.#contents.set(chain, content);
    if (other !== undefined && other !== content) {
      throw new Violation(`${where} has ${content}, somebody else who ran the same batches ${other}`);
    }
  }

  /** The power failed: from now on those who look are others, and what was not acknowledged may be gone. */
  powerLoss(): void {
    this.#applied.clear();
    this.#before = this.#longest;
    const last = this.#longest.findLastIndex((line) => this.#acknowledged.has(line.split("/")[0] ?? ""));
    if (last >= this.#settled.length) this.#settled = this.#longest.slice(0, last + 1);
    this.#longest = [];
  }

  /** The first look after a power failure: what is gone must be the newest. */
  requireBeginning(lines: readonly string[], where: string): void {
    const before = this.#before ?? [];
    this.goOn();
    const at = before.findIndex((line, index) => lines[index] !== line);
    if (at < 0 || at >= lines.length) return;
    throw new Violation(`${where} has ${show(lines)}, of which a part in the middle is gone: ${show(before)}`);
  }

  /** Somebody begins to write again. */
  goOn(): void {
    this.#before = undefined;
  }

  /** Equal where the same was promised and seen. */
  signature(): string {
    return [[...this.#acknowledged], [...this.#denied], this.#settled].map((each) => each.join()).join("\n");
  }

  /** For one of several outcomes of the same power failure. */
  clone(): History {
    return new History(this);
  }
}

function requireWhole(lines: readonly string[], batch: string, where: string): void {
  const at = lines.indexOf(`${batch}/1`);
  if (at < 0) throw new Violation(`${where} misses ${batch} in ${show(lines)}`);
  if (lines[at + 1] !== `${batch}/2`) throw new Violation(`${where} has half of ${batch} in ${show(lines)}`);
}

function show(lines: readonly string[]): string {
  return `[${lines
    .filter((line) => line.endsWith("/1"))
    .map((line) => line.slice(0, -2))
    .join(" ")}]`;
}
