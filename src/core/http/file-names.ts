/** The last name in the path of a URL, decoded where that works; empty where the path has none. */
export function nameInUrl(url: URL): string {
  const name = url.pathname.split("/").findLast((each) => each !== "") ?? "";
  return decode(name);
}

/** The name that a `content-disposition` header gives (RFC 6266); the one with a character set goes first. */
export function nameInDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*[\w-]*'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) return decode(extended);
  const [, quoted, token] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header) ?? [];
  return quoted?.replace(/\\(.)/g, "$1") ?? token;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
