import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { BlobStat, BlobStore } from "../../../ports/blob-store.ts";
import type { CollectProgress } from "../collect-options.ts";
import type { LiveSets } from "../live/live-sets.ts";

/** An empty folder. */
export interface EmptyFolder {
  /** Its name below the root. */
  readonly key: BlobKey;
  /** When it was last changed, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What a walk through a root met. */
export interface RootWalk {
  /** Files that something refers to. */
  readonly live: number;
  /** Files that nothing refers to. */
  readonly unreferenced: readonly BlobKey[];
  /** What is no regular file, or has a name that no blob has: for people. */
  readonly odd: readonly OddName[];
  /** Folders with nothing in them. */
  readonly emptyFolders: readonly EmptyFolder[];
}

/** Something that is never touched. */
export interface OddName {
  /** Its name below the root, for people. */
  readonly name: string;
  /** Its name, where it is one. */
  readonly key: BlobKey | undefined;
  /** What it is: `unknown` for a name that no URI has. */
  readonly kind: "symlink" | "special" | "unknown";
  /** What it is, as the end of "... it ...". */
  readonly objection: string;
}

/** Who says what is referred to in a root, as far as {@link walkRoot} asks. */
export type ReferredNames = Pick<LiveSets, "has" | "addLinks" | "refresh">;

/** Options of {@link walkRoot}. */
export interface WalkOptions {
  /** Told of each file and what is known of it; without this nothing but names is looked at. */
  readonly onFile?: ((key: BlobKey, stat: BlobStat | undefined) => void) | undefined;
  /** Ends the walk. */
  readonly signal?: AbortSignal | undefined;
  /** Told while it goes on. */
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** So many names are looked at before progress is told. */
const PROGRESS_NAMES = 10_000;

/**
 * Goes through the names below the root; unless sizes are asked for nothing but names is looked at. What others do meanwhile may be seen or not: a
 * name that is said to be unreferenced was so after it was seen.
 */
export async function walkRoot(store: BlobStore, live: ReferredNames, options: WalkOptions = {}): Promise<RootWalk> {
  const { signal, onProgress, onFile } = options;
  const walk = { live: 0, unreferenced: [] as BlobKey[], odd: [] as OddName[], emptyFolders: [] as EmptyFolder[] };
  const links: BlobKey[] = [];
  await live.refresh({ signal });
  let seen = 0;
  for await (const page of store.list({ emptyFolders: true, stat: onFile !== undefined, signal })) {
    for (const each of page) {
      if (each.kind === "blob") {
        onFile?.(each.key, each.stat);
        if (live.has(each.key)) walk.live += 1;
        else walk.unreferenced.push(each.key);
      } else if (each.kind === "folder") walk.emptyFolders.push(each);
      else {
        if (each.kind === "symlink") links.push(each.key);
        const { kind, key } = each;
        walk.odd.push({ name: key ?? each.name, key, kind, objection: OBJECTIONS[kind] });
      }
    }
    seen += page.length;
    if (seen % PROGRESS_NAMES < page.length) onProgress?.({ phase: "look", done: seen, total: undefined });
  }
  // Rows may lead through symlinks, and what came while the walk went on is referred to by now.
  live.addLinks(links);
  await live.refresh({ signal });
  const unreferenced = walk.unreferenced.filter((key) => !live.has(key));
  return { ...walk, live: walk.live + walk.unreferenced.length - unreferenced.length, unreferenced };
}

const OBJECTIONS = {
  symlink: "is a symlink",
  special: "is no regular file",
  unknown: "has a name that no URI has",
} as const;
