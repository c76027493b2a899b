import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { CatalogError } from "../../../errors.ts";
import {
  type ResolveContext,
  type ResolvedThing,
  type ResolveOptions,
  resolveThing,
} from "../../find/resolve-thing.ts";
import { variantFromRow } from "../../records/rows.ts";
import { selectVariants } from "../../variants/variants-statements.ts";

/**
 * The blobs that words name, each once: those of documents with their variants, and of variants.
 * @throws {CatalogError} NOT_FOUND for a word that no row has
 * @throws {RangeError} for the beginning of several hashes
 */
export async function findNamedBlobs(
  context: ResolveContext,
  words: readonly string[],
  options: ResolveOptions,
): Promise<readonly StorageUri[]> {
  const uris = new Set<StorageUri>();
  for (const word of words) {
    const { documents, variants } = preferNames(await resolveThing(context, word, options));
    if (documents.length + variants.length === 0) throw notFound(word);
    for (const { storageUri, id } of documents) {
      uris.add(storageUri);
      for (const row of await context.sql.query(selectVariants(id), options)) uris.add(variantFromRow(row).storageUri);
    }
    for (const { storageUri } of variants) uris.add(storageUri);
  }
  return [...uris];
}

interface NamedRows {
  readonly documents: readonly DocumentRecord[];
  readonly variants: readonly VariantRecord[];
}

/** The id of a row, or of an artifact, may be the beginning of a hash, too: then it is not meant as that. */
function preferNames({ sought, documents, variants }: ResolvedThing): NamedRows {
  const byName = documents.filter(({ id, artifactId }) => id === sought.id || sought.names.includes(artifactId));
  if (byName.length > 0) return { documents: byName, variants: [] };
  const { hash } = sought;
  if (hash !== undefined) {
    const begun = [...documents, ...variants].flatMap(({ sha256 }) => (sha256?.startsWith(hash) ? sha256 : []));
    const hashes = new Set<string>(begun);
    if (hashes.size > 1) {
      throw new RangeError(
        `Cannot verify ${quote(sought.word)}: ${hashes.size} hashes begin with it, expected more of its characters`,
      );
    }
  }
  return { documents, variants };
}

function notFound(word: string): CatalogError<"NOT_FOUND"> {
  return new CatalogError(
    "NOT_FOUND",
    `Cannot verify ${quote(cleanSecrets(word))}: no row has that id, artifact or hash`,
    {
      details: { what: "document" },
      hint: 'Look for it with "catalog search", or verify everything with "catalog verify --all".',
    },
  );
}
