/*
 * Ours: places files, without registering them or with. Arguments: root (new), how many, what: new, registered, again or
 * stream.
 */
import { readFileSync } from "node:fs";
import { openCatalog } from "./package.mjs";
import { forEachAtOnce, makeFiles, makeStream } from "./place-files.mjs";
import { reportTime } from "./report.mjs";

const [rootDir = "", count = "0", what = "new"] = process.argv.slice(2);
const registers = what === "registered" && { path: `${rootDir}.sqlite` };
const catalog = await openCatalog({ catalog: registers, storage: { rootDir, layout: "cas" } });
const meta = (artifactId) => ({ artifactId, sourceUrl: "https://example.org/a.pdf", resolver: "bench" });

async function placeAll(files, deduplicated) {
  await forEachAtOnce(files, async ({ key, bytes }) => {
    const result = await catalog.ingest(bytes, meta(key));
    if (result.deduplicated !== deduplicated) throw new Error(`${key}: ${result.placement}`);
  });
}

/** What this process has given the kernel to write so far, messages to other threads left out: Linux only. */
function writtenBytes() {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

if (what === "stream") {
  await reportTime(() => catalog.ingest(makeStream(Number(count)), meta("stream")));
} else {
  const files = makeFiles(Number(count));
  if (what === "again") await placeAll(files, false);
  const before = writtenBytes();
  await reportTime(() => placeAll(files, what === "again"));
  const written = writtenBytes() - before;
  // Syncing a folder may write a block of the journal; the files' bytes would be a hundred times as much.
  const most = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) / 10;
  if (what === "again" && written > most) throw new Error(`${written} bytes were written a second time`);
}
await catalog.close();
