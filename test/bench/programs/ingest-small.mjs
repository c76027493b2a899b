/* Ours: places and registers small files, each with bytes of its own. Arguments: root (new), how many, layout. */
import { openCatalog } from "./package.mjs";
import { forEachAtOnce } from "./place-files.mjs";
import { reportTime } from "./report.mjs";

const [rootDir = "", count = "0", layout = "cas"] = process.argv.slice(2);
const SMALL_BYTES = 2000;
const catalog = await openCatalog({ catalog: { path: `${rootDir}.sqlite` }, storage: { rootDir, layout } });
const files = Array.from({ length: Number(count) }, (_, index) =>
  new TextEncoder().encode(`${index} `.repeat(SMALL_BYTES / 5)),
);
await reportTime(() =>
  forEachAtOnce([...files.entries()], async ([index, bytes]) => {
    const name = `${index}.txt`;
    await catalog.ingest(bytes, {
      artifactId: `doi:10.1234/${index}`,
      sourceUrl: `https://example.org/${name}`,
      resolver: "bench",
    });
  }),
);
await catalog.close();
