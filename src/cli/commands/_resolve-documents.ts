import type { Catalog } from "../../catalog/catalog.ts";
import type { DocumentRecord } from "../../core/document.ts";
import { parseName } from "../../core/document.ts";
import { asUsage } from "../exit-codes.ts";

/** The documents that a word means: a row id, else an artifact id, else a source URL. */
export async function resolveDocuments(
  catalog: Catalog,
  word: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly DocumentRecord[]> {
  const name = asUsage(() => parseName("ID", word));
  const id = /^[1-9]\d*$/.test(name) ? Number(name) : Number.NaN;
  if (Number.isSafeInteger(id)) {
    const record = await catalog.findById(id, { signal });
    if (record !== undefined) return [record];
  }
  const ofArtifact = await catalog.listByArtifact(name, { signal });
  return ofArtifact.length > 0 ? ofArtifact : catalog.listByUrl(name, { signal });
}
