import type { ManifestEntry } from "../../../core/manifest/manifest-entry.ts";
import type { TextLine } from "./read-lines.ts";

/** Consecutive lines that are worked on together. */
export interface EntryBatch {
  /** The number of the first one. */
  readonly firstLine: number;
  /** One a line. */
  readonly entries: readonly ManifestEntry[];
}

/** Options of {@link readEntries}. */
export interface ReadEntriesOptions {
  /** Reads one line; what it cannot read is a damaged entry. */
  readonly parse: (text: string) => ManifestEntry;
  /** How many outcomes make a batch. */
  readonly maxOutcomes: number;
}

/** A batch ends here even without outcomes, so that progress is told and memory stays small. */
const MAX_LINES = 20_000;
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** Reads lines as entries and gathers them in batches. */
export async function* readEntries(
  lines: AsyncIterable<readonly TextLine[]>,
  { parse, maxOutcomes }: ReadEntriesOptions,
): AsyncGenerator<EntryBatch> {
  let entries: ManifestEntry[] = [];
  let nextLine = 1;
  let outcomes = 0;
  let characters = 0;
  try {
    for await (const some of lines) {
      for (const line of some) {
        const entry = "text" in line ? parse(line.text) : ({ kind: "damaged", reason: line.problem } as const);
        entries.push(entry);
        if (entry.kind === "outcome") outcomes++;
        if ("text" in line) characters += line.text.length;
        if (outcomes < maxOutcomes && entries.length < MAX_LINES && characters < MAX_CHARACTERS) continue;
        yield { firstLine: nextLine, entries };
        nextLine += entries.length;
        entries = [];
        outcomes = 0;
        characters = 0;
      }
    }
  } catch (error) {
    // What came before an endless line or a failing device is as good as ever.
    if (entries.length > 0) yield { firstLine: nextLine, entries };
    throw error;
  }
  if (entries.length > 0) yield { firstLine: nextLine, entries };
}
