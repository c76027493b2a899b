/** What the first bytes of something tell about it. */
export interface SniffedContent {
  /** Media type. */
  readonly contentType: string;
  /** The usual extension without its dot. */
  readonly extension: string;
}

/** Asking for the module each time would cost as much as using it. */
let tellFileType: typeof import("./file-type.gen.ts").tellFileType | undefined;

/** As many bytes as are looked at. */
export const SNIFF_BYTES = 4100;

/**
 * Tells a content type from the first bytes, if they have a signature; texts have none. The library for it is loaded
 * when it is needed: many catalogs never do.
 */
export async function sniffContent(head: Uint8Array): Promise<SniffedContent | undefined> {
  if (head.byteLength === 0) return undefined;
  tellFileType ??= (await import("./file-type.gen.ts")).tellFileType;
  const found = await tellFileType(head);
  return found && { contentType: found.mime, extension: found.ext };
}
