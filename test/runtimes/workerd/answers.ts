import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { DocumentRecord } from "../../../src/core/document.ts";

/** What somebody asks a catalog: everything by pages, by resolver and size, by the start of a hash, one by its id. */
export async function askCatalog(catalog: Catalog): Promise<object> {
  const found: DocumentRecord[] = [];
  for await (const record of catalog.search({ resolver: "unpaywall", minBytes: 6 })) found.push(record);
  const page = await catalog.searchPage({ pageSize: 2 });
  const { hasher: _, digests: __, ...stats } = await catalog.stats();
  // What lies where is seen only on the machine that has it.
  const duplicates = await catalog.findDuplicates();
  return {
    found,
    page: page.records,
    where: await catalog.findByHashPrefix("2cf24dba"),
    show: [await catalog.getById(1), await catalog.listVariants(1), await catalog.listByArtifact("doi:10.1/2")],
    duplicates: duplicates.map(({ sha256, bytes, records, blobs }) => ({ sha256, bytes, records, blobs })),
    stats,
  };
}
