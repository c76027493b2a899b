/** So many lines in a row are no accident. */
export const RUN_LINES = 12;

/** Where a run of lines stands twice. */
export interface SharedRun {
  /** The file of ours. */
  readonly path: string;
  /** The file of a package. */
  readonly origin: string;
  /** The first of the lines. */
  readonly line: string;
}

/** Finds runs of lines that files of ours share with those of packages. */
export class SharedRuns {
  /** The files that have a run, by that run. */
  readonly #owners = new Map<string, string>();
  readonly #lines = new Set<string>();

  constructor(ours: Iterable<readonly [path: string, text: string]>) {
    for (const [path, text] of ours) {
      const lines = linesOf(text);
      for (const line of lines) this.#lines.add(line);
      for (const run of runsOf(lines)) this.#owners.set(run, path);
    }
  }

  /** The first run that a file of a package shares with one of ours. */
  find(origin: string, text: string): SharedRun | undefined {
    // Few files of packages have even so many lines in a row that stand anywhere in ours.
    let known: string[] = [];
    for (const line of linesOf(text)) {
      known = this.#lines.has(line) ? [...known.slice(-RUN_LINES + 1), line] : [];
      const path = known.length === RUN_LINES ? this.#owners.get(known.join("\n")) : undefined;
      if (path !== undefined) return { path, origin, line: known[0] ?? "" };
    }
    return undefined;
  }
}

/** Lines that say something, as they are whatever the indentation. */
function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /\w\W*\w/.test(line));
}

function runsOf(lines: readonly string[]): readonly string[] {
  return lines.slice(RUN_LINES - 1).map((_, index) => lines.slice(index, index + RUN_LINES).join("\n"));
}
