import { findLocalPath } from "../../core/naming/canonical-uri.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { selectMeta, setMeta } from "../meta/meta-statements.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { BEFORE_ALL } from "../records/columns.ts";
import { insertManyInPlace, type LocalFile, selectFileNames } from "./sources-statements.ts";

/** Where it stands up to which rows the names were noted. */
const META_KEY = "names_noted";

/** Rows a look. */
const PAGE_ROWS = 5000;

/** So many lines a statement: few enough that its text stays short. */
const LINES_A_STATEMENT = 64;

/** Rows that are looked at again and again before that is worth a line in the catalog. */
const WORTH_NOTING = 1000;

/**
 * Notes which files rows mean that name them by another text than the canonical one, as catalogs of before and other
 * tools do: from then on these rows are found by the path. Each row is looked at once in the life of a catalog.
 */
async function noteOlderNames(sql: SqlEngine, names: CanonicalNames): Promise<void> {
  const noted = await findNoted(sql);
  const ofDocuments = await listOlderNames(sql, names, { table: "documents", afterId: noted.documents });
  const ofVariants = await listOlderNames(sql, names, { table: "variants", afterId: noted.variants });
  const files = [...ofDocuments.files, ...ofVariants.files];
  if (files.length === 0 && ofDocuments.rows + ofVariants.rows < WORTH_NOTING) return;
  const statements = chunksOf(files).map(insertManyInPlace);
  const [documents, variants] = [ofDocuments, ofVariants].map(({ lastId }) => Math.max(0, lastId));
  await sql.batch([...statements, setMeta(META_KEY, `${documents}:${variants}`)], { durable: false });
}

/** Up to which rows the names were noted. */
async function findNoted(sql: SqlEngine): Promise<Readonly<Record<"documents" | "variants", number>>> {
  const [[value] = []] = await sql.query(selectMeta(META_KEY));
  const [, documents = BEFORE_ALL, variants = BEFORE_ALL] = /^(\d+):(\d+)$/.exec(String(value)) ?? [];
  return { documents: Number(documents), variants: Number(variants) };
}

/** A row that names a file by another text than the canonical one. */
export interface OlderName {
  /** What the row has. */
  readonly text: string;
  /** The canonical one. */
  readonly uri: StorageUri;
}

/** Rows whose names were not noted yet, where these are not canonical; nothing is written. */
export async function* listUnnotedNames(
  sql: SqlEngine,
  names: CanonicalNames,
  { signal }: CallOptions = {},
): AsyncGenerator<OlderName, void, undefined> {
  const noted = await findNoted(sql);
  for (const table of ["documents", "variants"] as const) {
    for (let after: number | undefined = noted[table]; after !== undefined; ) {
      const rows = await sql.query(selectFileNames(table, after, PAGE_ROWS), { signal });
      for (const [, text] of rows) {
        if (typeof text !== "string" || names.keyAtOnce(text) !== undefined) continue;
        const { uri } = await names.locate(text as StorageUri, { follow: true });
        if (uri !== text) yield { text, uri };
      }
      after = rows.length < PAGE_ROWS ? undefined : Number(rows.at(-1)?.[0]);
    }
  }
}

/** Does so once in the life of a context, before anything is done on the evidence that no row names a file. */
export async function ensureOlderNames(context: PlacingContext): Promise<void> {
  const { sql, state } = context;
  if (sql === undefined) return;
  state.olderNames ??= noteOlderNames(sql, new CanonicalNames(context));
  try {
    await state.olderNames;
  } catch (error) {
    state.olderNames = undefined;
    throw error;
  }
}

async function listOlderNames(
  sql: SqlEngine,
  names: CanonicalNames,
  { table, afterId }: { readonly table: "documents" | "variants"; readonly afterId: number },
): Promise<{ readonly files: readonly LocalFile[]; readonly rows: number; readonly lastId: number }> {
  const files: LocalFile[] = [];
  let lastId = afterId;
  let count = 0;
  for (;;) {
    const rows = await sql.query(selectFileNames(table, lastId, PAGE_ROWS));
    for (const [id, uri] of rows) {
      lastId = Number(id);
      if (typeof uri !== "string") continue;
      const place = await names.locate(uri as StorageUri, { follow: names.keyAtOnce(uri) === undefined });
      if (place.path !== undefined && place.uri !== uri) files.push({ uri: uri as StorageUri, path: place.path });
    }
    count += rows.length;
    if (rows.length < PAGE_ROWS) return { files, rows: count, lastId };
  }
}

/** Files that rows name where they lie, and the statements that note it. */
export function noteInPlace(uris: Iterable<StorageUri>): readonly ReturnType<typeof insertManyInPlace>[] {
  const files: LocalFile[] = [];
  for (const uri of uris) {
    const path = findLocalPath(uri);
    if (path !== undefined) files.push({ uri, path });
  }
  return chunksOf(files).map(insertManyInPlace);
}

function chunksOf(files: readonly LocalFile[]): readonly (readonly LocalFile[])[] {
  const chunks: (readonly LocalFile[])[] = [];
  for (let at = 0; at < files.length; at += LINES_A_STATEMENT) chunks.push(files.slice(at, at + LINES_A_STATEMENT));
  return chunks;
}
