import type { Catalog } from "../../catalog/catalog.ts";
import type { DocumentRecord } from "../../core/document.ts";
import { parseSoughtName } from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { asUsage } from "../exit-codes.ts";

/** The documents that a word of the command line names: by row id, else by artifact id, else by source URL. */
export async function listNamedDocuments(
  catalog: Catalog,
  word: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly DocumentRecord[]> {
  const name = asUsage(() => parseSoughtName("ID", word));
  const id = /^[1-9]\d*$/.test(name) ? Number(name) : Number.NaN;
  if (Number.isSafeInteger(id)) {
    const record = await catalog.findById(id, { signal });
    if (record !== undefined) return [record];
  }
  const ofArtifact = await catalog.listByArtifact(name, { signal });
  return ofArtifact.length > 0 ? ofArtifact : catalog.listByUrl(name, { signal });
}

/** What to say about a word that names no document. */
export function sayNothingNamed(word: string): string {
  return `No document has the row id, artifact id or source URL ${quote(cleanSecrets(word))}.`;
}
