import { inChunks } from "../../../core/in-chunks.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { SqlEngine, SqlRow } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import { BEFORE_ALL } from "../../records/columns.ts";
import { selectIncidents, selectIncidentsOf } from "../incident-statements.ts";
import { type Incident, incidentFromRow } from "./incident.ts";

/** Which incidents are listed. */
export interface IncidentsOptions extends CallOptions {
  /** Only those of blobs that are bad now. @default false */
  readonly open?: boolean | undefined;
}

/** So many are read at a time. */
const PAGE = 256;

/** So many places are asked for at once. */
const URIS = 100;

/** Each time that a blob turned bad, in order. */
export async function* listIncidents(
  sql: SqlEngine,
  { signal, open = false }: IncidentsOptions,
): AsyncGenerator<Incident, void, undefined> {
  for (let after: number | undefined = BEFORE_ALL; after !== undefined; ) {
    const rows: readonly SqlRow[] = await sql.query(selectIncidents(after, { size: PAGE, open }), { signal });
    for (const row of rows) {
      const incident = incidentFromRow(row);
      if (incident !== undefined) yield incident;
    }
    after = rows.length < PAGE ? undefined : Number(rows.at(-1)?.[0]);
  }
}

/** The incidents of some blobs, in order. */
export async function findIncidents(
  sql: SqlEngine,
  uris: readonly StorageUri[],
  options: CallOptions,
): Promise<readonly Incident[]> {
  const found: Incident[] = [];
  for (const some of inChunks(uris, URIS)) {
    const rows = await sql.query(selectIncidentsOf(some), options);
    found.push(...rows.flatMap((row) => incidentFromRow(row) ?? []));
  }
  return found.sort((one, other) => one.id - other.id);
}
