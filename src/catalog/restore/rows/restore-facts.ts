import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import type { SqlStatement } from "../../../ports/sql.ts";
import type { NamedPlace } from "../../files/canonical-name.ts";
import { findTrashLines } from "../../trash/list-trash.ts";
import { deleteTrash } from "../../trash/trash-statements.ts";
import type { BroughtBytes } from "../bytes/bring-bytes.ts";
import type { RestoreContext } from "../restore-context.ts";
import { insertInPlaceAgain, insertSourceAgain } from "../restore-statements.ts";
import type { RemovedRow } from "./removed-rows.ts";

/** What else was on record about a row, as far as it is known: the files it came from, and that it names one in place. */
export async function factsOf(
  { names }: RestoreContext,
  about: {
    readonly row: RemovedRow<DocumentRecord | VariantRecord>;
    readonly record: DocumentRecord | VariantRecord;
  },
): Promise<readonly SqlStatement[]> {
  const { row, record } = about;
  const facts = row.sources.map((path) => insertSourceAgain(path, record));
  if (row.origin !== "in_place") return facts;
  const { path } = await names.locate(record.storageUri, { follow: true });
  return path === undefined ? facts : [...facts, insertInPlaceAgain(record.storageUri, path)];
}

/** Strikes out what the table of the trash says about bytes of a place that lie there no more; `run` had those taken now. */
export async function staleTrash(
  { sql, placing }: RestoreContext,
  place: NamedPlace,
  { run }: Pick<BroughtBytes, "run">,
): Promise<readonly SqlStatement[]> {
  const store = placing?.store;
  const { key } = place;
  if (store === undefined || key === undefined || !store.capabilities.take) return [];
  const stale: SqlStatement[] = [];
  for (const lines of (await findTrashLines(sql, [place.uri])).values()) {
    for (const line of lines.values()) {
      if (line.run === run || (await store.findTaken(line.run, key)) === undefined) {
        stale.push(deleteTrash(line.run, line.uri));
      }
    }
  }
  return stale;
}
