interface PublishedCoding {
  readonly extensions: RegExp;
  /** The first is the usual one. */
  readonly types: readonly [string, ...string[]];
}

/** Content codings that files are published in, and what of a file says so. */
const PUBLISHED: ReadonlyMap<string, PublishedCoding> = new Map([
  [
    "gzip",
    {
      extensions: /\.(gz|gzip|tgz|taz|svgz|emz|wmz)$/i,
      types: ["application/gzip", "application/x-gzip", "application/x-gunzip", "application/x-compressed-tar"],
    },
  ],
  ["br", { extensions: /\.br$/i, types: ["application/x-brotli"] }],
  ["zstd", { extensions: /\.(zst|tzst)$/i, types: ["application/zstd", "application/x-zstd"] }],
  ["compress", { extensions: /\.(z|taz)$/i, types: ["application/x-compress"] }],
  ["bzip2", { extensions: /\.(bz2?|tbz2?)$/i, types: ["application/x-bzip2", "application/x-bzip"] }],
  ["xz", { extensions: /\.(xz|txz)$/i, types: ["application/x-xz"] }],
]);

/** Other names of codings (RFC 9110, section 8.4.1), and what servers are set up to say. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["x-gzip", "gzip"],
  ["x-compress", "compress"],
  ["x-bzip2", "bzip2"],
  ["x-bzip", "bzip2"],
  ["x-xz", "xz"],
]);

/** The codings that a `content-encoding` header names, in the order in which they were applied. */
export function parseContentCodings(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== "" && each !== "identity")
    .map((each) => ALIASES.get(each) ?? each);
}

/** What tells how a file was published. */
export interface PublishedFile {
  /** The names that it goes by: the last ones of the URLs, and the one that the server gives. */
  readonly names: readonly string[];
  /** The media type that the server gives. */
  readonly contentType: string | undefined;
}

/**
 * Whether a coding belongs to the file, as with a `.tar.gz`: then its bytes are those that were sent, and decoding them
 * would give another file than the one that was published.
 */
export function isPublishedIn(coding: string, { names, contentType }: PublishedFile): boolean {
  const known = PUBLISHED.get(coding);
  if (known === undefined) return false;
  return known.types.includes(bareType(contentType)) || names.some((name) => known.extensions.test(name));
}

/** The media type of a file that was published in a coding; the server may have told that of what is inside. */
export function publishedType(coding: string, contentType: string | undefined): string | undefined {
  const known = PUBLISHED.get(coding);
  if (known === undefined || (contentType !== undefined && known.types.includes(bareType(contentType))))
    return contentType;
  return known.types[0];
}

function bareType(contentType: string | undefined): string {
  return contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
}
