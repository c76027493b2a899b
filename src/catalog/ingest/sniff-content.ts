/** What the first bytes of something tell about it. */
export interface SniffedContent {
  /** Media type. */
  readonly contentType: string;
  /** The usual extension without its dot. */
  readonly extension: string;
}

/** As many bytes as are looked at. */
export const SNIFF_BYTES = 4100;

/**
 * Tells a content type from the first bytes, if they have a signature; texts have none. Nothing is told where the
 * runtime does not let the library load: a dependency of it reads the environment, for which Deno wants `--allow-env`.
 */
export async function sniffContent(head: Uint8Array): Promise<SniffedContent | undefined> {
  if (head.byteLength === 0) return undefined;
  const library = await loadLibrary();
  const found = await library?.fileTypeFromBuffer(head);
  return found && { contentType: found.mime, extension: found.ext };
}

/** Loaded when it is needed: many catalogs never do. */
async function loadLibrary(): Promise<typeof import("file-type/core") | undefined> {
  try {
    return await import("file-type/core");
  } catch (error) {
    if (error instanceof Error && error.name === "NotCapable") return undefined;
    throw error;
  }
}
