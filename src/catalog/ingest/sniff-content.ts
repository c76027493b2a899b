/** What the first bytes of something tell about it. */
export interface SniffedContent {
  /** Media type. */
  readonly contentType: string;
  /** The usual extension without its dot. */
  readonly extension: string;
}

/** As many bytes as are looked at. */
export const SNIFF_BYTES = 4100;

/** Tells a content type from the first bytes, if they have a signature; texts have none. */
export async function sniffContent(head: Uint8Array): Promise<SniffedContent | undefined> {
  if (head.byteLength === 0) return undefined;
  // Loaded when it is needed: many catalogs never do.
  const { fileTypeFromBuffer } = await import("file-type/core");
  const found = await fileTypeFromBuffer(head);
  return found && { contentType: found.mime, extension: found.ext };
}
