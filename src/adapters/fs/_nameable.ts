import type { DirectoryEntry, FileKind, FileStat } from "../../ports/file-system.ts";

/** What runtimes write for bytes that are no UTF-8; a name may contain it itself. */
const REPLACEMENT = "\ufffd";

/** Options of {@link markUnnameable}. */
export interface MarkOptions {
  /** What has this very name in the folder; `undefined` when nothing has. */
  readonly lstat: (name: string) => Promise<FileStat | undefined>;
}

/**
 * Tells the names that lead to what has them from those that are no valid Unicode, which runtimes give changed: of all
 * that look the same at most one is called just so. They come last.
 */
export async function markUnnameable(
  entries: readonly DirectoryEntry[],
  { lstat }: MarkOptions,
): Promise<readonly DirectoryEntry[]> {
  const isDoubtful = ({ name }: DirectoryEntry): boolean => name.includes(REPLACEMENT);
  if (!entries.some(isDoubtful)) return entries;
  const marked = entries.filter((entry) => !isDoubtful(entry));
  const doubtful = new Map<string, FileKind[]>();
  for (const { name, kind } of entries.filter(isDoubtful)) doubtful.set(name, [...(doubtful.get(name) ?? []), kind]);
  for (const [name, kinds] of doubtful) {
    const named = await lstat(name);
    const at = named === undefined ? -1 : kinds.indexOf(named.kind);
    if (named !== undefined && at >= 0) marked.push({ name, kind: named.kind });
    const others = kinds.filter((_, index) => index !== at);
    marked.push(...others.map((kind) => ({ name, kind, unnameable: true }) as const));
  }
  return marked;
}
