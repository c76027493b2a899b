import { readFileSync } from "node:fs";
import initSqlJs from "sql.js";
import { expect, it } from "vitest";
import { upsertVerifications } from "../../../src/catalog/ledger/ledger-statements.ts";
import { inChunks } from "../../../src/core/in-chunks.ts";
import type { StorageUri } from "../../../src/core/storage-uri.ts";
import { formatTimestamp } from "../../../src/core/timestamp.ts";

const BLOBS = 20_000;

/** As the layout `cas` names them in a usual place. */
function uriOf(n: number): StorageUri {
  const hash = ((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0").repeat(8);
  return `file:///home/somebody/data/docs/cas/sha256/${hash.slice(0, 2)}/${hash.slice(2)}` as StorageUri;
}

it("a blob that was verified takes at most 350 bytes, with all indexes, however often that is done", async () => {
  const sqljs = await initSqlJs();
  const database = new sqljs.Database();
  for (const name of ["0001_documents", "0002_claims", "0003_collection", "0004_verification"]) {
    database.exec(readFileSync(`schema/${name}.sql`, "utf8"));
  }
  const sizeOf = (): number =>
    Number(database.exec("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0]?.values[0]?.[0]);
  const before = sizeOf();
  const uris = Array.from({ length: BLOBS }, (_, n) => uriOf(n)).sort();
  for (let night = 0; night < 3; night++) {
    for (const [at, some] of inChunks(uris, 64).entries()) {
      const checkedAt = formatTimestamp(Date.UTC(2026, 0, 1 + night) + at);
      const line = { result: "ok", strength: "full", sha256: null, bytes: null, checkedAt, badSince: null };
      const { sql, parameters = [] } = upsertVerifications(
        some.map((uri) => ({ uri, ...line })),
        { overwrites: "anything", tomorrow: checkedAt },
      );
      database.run(sql, [...parameters]);
    }
    expect((sizeOf() - before) / BLOBS).toBeLessThanOrEqual(350);
  }
  expect(database.exec("SELECT COUNT(*) FROM verifications")[0]?.values).toEqual([[BLOBS]]);
  database.close();
});
