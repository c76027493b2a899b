#!/usr/bin/env node
/*
 * Makes a download tree and the manifest that a downloader would have left beside it.
 *
 *   node test/corpus/make-corpus.mjs --out DIR [--records 1000] [--seed 1] [--mean-kib 24] [--manifest-only]
 *
 *   DIR/files/          downloaded files: duplicates under other names, empty ones, a few large ones, odd names
 *   DIR/manifest.jsonl  lines of schema v5: attempts; outcomes that stored a file, failed, were skipped or a dry run;
 *                       repeats of a resumed run; damaged lines; files that are gone; a path that climbs out; absolute
 *                       paths; wrong sizes and hashes; further renderings; a document fetched again with other bytes
 *   DIR/expected.json   what `import-manifest --hash all` must find, see CorpusExpectation in make-corpus.d.mts
 *
 * --manifest-only writes no files, for imports of very many lines; it has no case that takes a file to notice, and
 * only `--hash none` makes sense then.
 */
import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bytesOf, createRandom, kindOf, pathOf, RESOLVERS, sha256Of, sizeOf } from "./corpus-shapes.mjs";

/** Twins are taken from so many earlier files, none larger than this, so that memory stays small. */
const TWIN_COUNT = 5000;
const TWIN_BYTES = 4 * 1024 * 1024;

/** The names of CorpusExpectation. */
const FIGURES = [
  ...["lines", "attempts", "other", "outcomes", "failures", "skips", "dryRuns", "repeats", "changed", "damaged"],
  ...["gone", "outside", "wrongSize", "wrongHash", "documents", "variants", "bytes"],
  ...["distinctHashes", "duplicateGroups", "largestGroup"],
];

const START_MS = Date.UTC(2025, 0, 1);

const NOTHING_STORED = { path: null, content_type: null, html_paths: [], sha256: null, content_length: null };

/** Makes a corpus in `directory`, which is made anew: it must be absent, empty, or a corpus. Resolves to what it holds. */
export async function makeCorpus({ directory, records = 1000, seed = 1, meanKib = 24, manifestOnly = false }) {
  const corpus = new Corpus({ directory: resolve(directory), records, seed, meanBytes: meanKib * 1024, manifestOnly });
  for (let n = 0; n < records; n++) {
    if (n === Math.floor(records / 3)) await writeUnusableLines(corpus, aboutOf(corpus, n));
    await writeRecord(corpus, n);
  }
  await corpus.line({ record_type: "summary", timestamp: timestampOf(records), processed: records });
  corpus.expected.other++;
  return await corpus.finish();
}

/** A corpus in the making: its folder, its manifest and the count of what it holds. */
class Corpus {
  expected = Object.fromEntries(FIGURES.map((name) => [name, 0]));
  /** How many documents have which hash. */
  groups = new Map();
  /** Contents that a later record may have as well. */
  earlier = [];

  constructor(settings) {
    this.settings = settings;
    this.random = createRandom(settings.seed);
    emptyDirectory(settings.directory);
    this.sink = createWriteStream(join(settings.directory, "manifest.jsonl"));
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  async line(value) {
    this.expected.lines++;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (!this.sink.write(`${text}\n`)) await once(this.sink, "drain");
  }

  /** Stores a file and gives its path: another one where the file system takes two spellings for one name. */
  store(path, bytes) {
    if (this.settings.manifestOnly) return path;
    const place = join(this.settings.directory, path);
    mkdirSync(dirname(place), { recursive: true });
    if (existsSync(place)) return this.store(`${path}.twin`, bytes);
    writeFileSync(place, bytes, { flag: "wx" });
    return path;
  }

  async finish() {
    this.sink.end();
    await once(this.sink, "finish");
    const sizes = [...this.groups.values()];
    this.expected.distinctHashes = sizes.length;
    this.expected.duplicateGroups = sizes.filter((size) => size > 1).length;
    this.expected.largestGroup = sizes.reduce((most, size) => Math.max(most, size), 0);
    writeFileSync(join(this.settings.directory, "expected.json"), `${JSON.stringify(this.expected, null, 2)}\n`);
    return this.expected;
  }
}

function emptyDirectory(directory) {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    if (!existsSync(join(directory, "expected.json"))) {
      throw new Error(`Cannot make a corpus in "${directory}": it is not empty and holds no corpus`);
    }
    rmSync(directory, { recursive: true });
  }
  mkdirSync(directory, { recursive: true });
}

function timestampOf(n) {
  return new Date(START_MS + n * 61_000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What every line about record `n` says. Some works are found twice, by different URLs. */
function aboutOf(corpus, n) {
  const resolver = corpus.pick(RESOLVERS);
  const work = Math.floor(n / 1.25);
  return {
    schema_version: 5,
    timestamp: timestampOf(n),
    run_id: `run-${String(Math.floor(n / 250)).padStart(5, "0")}`,
    work_id: `doi:10.${1000 + (work % 900)}/work.${work}`,
    resolver,
    url: `https://${resolver}.example.org/content/${n}/full-text.${kindOf(n).extension}?v=${n % 3}`,
    title: `Work ${work}`,
    publication_year: 2000 + (work % 26),
  };
}

/** A torn line, one without an id, one whose size is no number, and one whose path climbs out. */
async function writeUnusableLines(corpus, about) {
  const stored = { record_type: "manifest", ...about, path: "files/none.pdf", classification: "pdf", dry_run: false };
  await corpus.line('{"record_type": "manifest", "schema_version": 5, "work_id": "doi:10.1/torn');
  await corpus.line({ ...stored, work_id: null, content_length: 1 });
  await corpus.line({ ...stored, work_id: "doi:10.1/size", content_length: "many" });
  corpus.expected.damaged += 3;
  const path = "../../../../../../../../../../../../etc/hostname";
  await corpus.line({ ...stored, work_id: "doi:10.1/climbs", path, sha256: null, content_length: null });
  corpus.expected.outcomes++;
  corpus.expected.outside++;
}

async function writeRecord(corpus, n) {
  const about = aboutOf(corpus, n);
  const attempt = { record_type: "attempt", ...about, status: "http-200", http_status: 200 };
  await corpus.line({ ...attempt, elapsed_ms: 40 + (n % 700) });
  corpus.expected.attempts++;
  const nothing = { record_type: "manifest", ...about, ...NOTHING_STORED, dry_run: false };
  const fate = corpus.random();
  if (fate < 0.08) {
    await corpus.line({ ...nothing, classification: n % 2 ? "http_error" : "miss", reason: "http-error" });
    corpus.expected.failures++;
  } else if (fate < 0.1) {
    await corpus.line({ ...nothing, classification: "skipped", reason: "already-downloaded" });
    corpus.expected.skips++;
  } else if (fate < 0.105) {
    await corpus.line({ ...nothing, classification: "pdf", path: pathOf(n, about.resolver), dry_run: true });
    corpus.expected.dryRuns++;
  } else {
    await writeStored(corpus, n, about);
  }
}

/** The bytes of record `n`: new ones, or in one of five cases those of an earlier record. */
function contentOf(corpus, n) {
  const { seed, meanBytes, manifestOnly } = corpus.settings;
  if (corpus.earlier.length > 0 && corpus.random() < 0.2) return corpus.pick(corpus.earlier);
  const size = sizeOf(n, meanBytes, corpus.random);
  const bytes = manifestOnly ? undefined : bytesOf(n, size, seed);
  const content = { size, bytes, sha256: sha256Of(bytes ?? `${seed}:${n}`) };
  if (size < TWIN_BYTES && corpus.earlier.length < TWIN_COUNT) corpus.earlier.push(content);
  return content;
}

/** What is wrong with record `n`; without files nobody could notice. */
function faultsOf(corpus, n) {
  if (corpus.settings.manifestOnly) return { gone: false, wrongSize: false, wrongHash: false, changed: false };
  const gone = n % 331 === 17;
  return {
    gone,
    wrongSize: !gone && n % 211 === 30,
    wrongHash: !gone && n % 223 === 31,
    changed: !gone && n % 307 === 40,
  };
}

async function writeStored(corpus, n, about) {
  const { expected } = corpus;
  const content = contentOf(corpus, n);
  const faults = faultsOf(corpus, n);
  const outcome = outcomeOf(corpus, n, { about, content, faults });
  await writeOutcome(corpus, outcome, faults);
  if (faults.gone) {
    expected.gone++;
    return;
  }
  expected.documents++;
  expected.bytes += content.size;
  corpus.groups.set(content.sha256, (corpus.groups.get(content.sha256) ?? 0) + 1);
  if (n % 53 === 5) {
    await writeOutcome(corpus, outcome, faults); // a resumed run repeats what it had
    expected.repeats++;
  }
  if (faults.changed) await writeChanged(corpus, n, outcome);
}

async function writeOutcome(corpus, outcome, faults) {
  await corpus.line(outcome);
  corpus.expected.outcomes++;
  if (faults.wrongSize) corpus.expected.wrongSize++;
  if (faults.wrongHash) corpus.expected.wrongHash++;
}

function outcomeOf(corpus, n, { about, content, faults }) {
  const { type, extension } = kindOf(n);
  const { directory, manifestOnly } = corpus.settings;
  const wanted = pathOf(n, about.resolver);
  const path = faults.gone ? wanted : corpus.store(wanted, content.bytes);
  const sha256 = faults.wrongHash ? sha256Of("other bytes") : n % 5 === 0 ? null : content.sha256;
  return {
    record_type: "manifest",
    ...about,
    path: n % 29 === 3 && !manifestOnly ? join(directory, path) : path, // downloaders often write absolute paths
    classification: n % 67 === 5 ? "cached" : extension === "zip" ? "pdf" : extension,
    content_type: type,
    reason: null,
    reason_detail: null,
    canonical_url: about.url.replace(/\?.*/, ""),
    original_url: about.url,
    ...(!faults.gone && n % 37 === 11 ? storeRenderings(corpus, n) : { html_paths: [], extracted_text_path: null }),
    sha256,
    content_length: faults.wrongSize ? content.size + 1 : content.size,
    etag: `"${n.toString(16)}"`,
    last_modified: null,
    dry_run: false,
  };
}

/** Two pages and a text that were made from the document. */
function storeRenderings(corpus, n) {
  const paths = [`files/html/${n}-a.html`, `files/html/${n}-b.html`, `files/text/${n}.txt`];
  for (const path of paths) corpus.store(path, `rendering ${path}\n`);
  corpus.expected.variants += paths.length;
  return { html_paths: paths.slice(0, 2), extracted_text_path: paths[2] };
}

/** The same document, fetched again with other bytes. */
async function writeChanged(corpus, n, outcome) {
  const bytes = Buffer.from(`served anew ${n}\n`);
  const path = corpus.store(`files/again/${n}.${kindOf(n).extension}`, bytes);
  const renderings = { html_paths: [], extracted_text_path: null };
  const content = { sha256: sha256Of(bytes), content_length: bytes.length };
  await corpus.line({ ...outcome, ...renderings, ...content, path, run_id: `${outcome.run_id}-again` });
  corpus.expected.outcomes++;
  corpus.expected.changed++;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      records: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      "mean-kib": { type: "string", default: "24" },
      "manifest-only": { type: "boolean", default: false },
    },
  });
  if (values.out === undefined) throw new Error("Cannot make a corpus: --out DIR is missing");
  return {
    directory: values.out,
    records: Number(values.records),
    seed: Number(values.seed),
    meanKib: Number(values["mean-kib"]),
    manifestOnly: values["manifest-only"],
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(await makeCorpus(readArguments()), null, 2)}\n`);
}
