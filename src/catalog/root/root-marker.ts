import type { FoundMarker } from "../../ports/root-markers.ts";

/**
 * What a root knows about one catalog that uses it: the file `.content-catalog/<id>`, one line of JSON with names in
 * snake_case. Markers of version 1 have `id`, `sequence` and `path` only.
 */
export interface RootMarker {
  /** The id that the catalog has had since it was created; names the file. */
  readonly id: string;
  /** The highest sequence of the catalog that the root has seen. It only rises. */
  readonly sequence: number;
  /** Path or URL of the catalog, without credentials; `null` for catalogs that are nowhere but in memory. */
  readonly path: string | null;
  /** The root as this catalog calls it; `null` in version 1. */
  readonly root: string | null;
  /** When it was written; `null` in version 1. */
  readonly seenAt: string | null;
  /** The schema that the catalog had then; `null` in version 1. */
  readonly schemaVersion: number | null;
}

/** All catalogs in memory share a marker, as each of them is gone with its process: whoever sees it does not collect. */
export const MEMORY_MARKER = "memory";

/** The bytes of a marker. */
export function formatRootMarker(marker: RootMarker): Uint8Array {
  const { id, sequence, path, root, seenAt, schemaVersion } = marker;
  const json = { id, sequence, path, root, seen_at: seenAt, schema_version: schemaVersion };
  return new TextEncoder().encode(`${JSON.stringify(json)}\n`);
}

/** Reads a marker; `undefined` for one that is torn, or is no file, or belongs to another name. Unknown fields are passed over. */
export function parseRootMarker({ name, bytes }: FoundMarker): RootMarker | undefined {
  const value = bytes && parseJson(new TextDecoder().decode(bytes));
  if (typeof value !== "object" || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [id, sequence, path] = [fields.get("id"), fields.get("sequence"), fields.get("path")];
  if (id !== name || !isCount(sequence) || !(typeof path === "string" || path === null)) return undefined;
  const [root, seenAt, schemaVersion] = [fields.get("root"), fields.get("seen_at"), fields.get("schema_version")];
  return {
    id: name,
    sequence,
    path,
    root: typeof root === "string" ? root : null,
    seenAt: typeof seenAt === "string" ? seenAt : null,
    schemaVersion: isCount(schemaVersion) ? schemaVersion : null,
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
