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
 * Tells a content type from the first bytes, if they have a signature; texts have none. The library for it is loaded
 * when it is needed: many catalogs never do.
 */
export async function sniffContent(head: Uint8Array): Promise<SniffedContent | undefined> {
  if (head.byteLength === 0) return undefined;
  const { tellFileType } = await import("./file-type.gen.ts");
  const found = await tellFileType(head);
  return found && { contentType: found.mime, extension: found.ext };
}
