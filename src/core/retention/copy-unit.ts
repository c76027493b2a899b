/** Rows whose bytes are copies of each other: those of an artifact, or of one source of it. */
export interface CopyUnit {
  /** The artifact. */
  readonly artifactId: string;
  /** The source; `undefined` where all sources of the artifact count. */
  readonly sourceUrl: string | undefined;
}

/** Whether `add` made up the id of an artifact: it begins so. */
export function isMadeUpId(artifactId: string): boolean {
  return artifactId.startsWith("file:");
}

/** The unit of a row. An id that `add` made up of a path says little: two folders of one catalog may have such a path. */
export function copyUnitOf({ artifactId, sourceUrl }: { artifactId: string; sourceUrl: string }): CopyUnit {
  return { artifactId, sourceUrl: isMadeUpId(artifactId) ? sourceUrl : undefined };
}

/** More copies of a unit cannot be asked for. */
export const MAX_KEEP_COPIES = 1000;
