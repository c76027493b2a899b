import type { Timestamp } from "./timestamp.ts";

/** What takes rows out on purpose. */
export type RemovalVerb = "remove" | "retention";

/** That bytes were removed on purpose before somebody registered them again. */
export interface EarlierRemoval {
  /** When. */
  readonly removedAt: Timestamp;
  /** By what. */
  readonly verb: RemovalVerb;
  /** Why, or `null` where nobody said. */
  readonly reason: string | null;
}
