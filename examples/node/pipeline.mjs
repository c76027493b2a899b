/*
 * Downloads a list of URLs, several at once, and stores and registers each as it arrives.
 *
 *   node pipeline.mjs urls.txt [--concurrency 4] [--retries 3] [--backoff-ms 500]
 *
 * What may pass is tried again, later each time. Ctrl-C stops after what is acknowledged: run it again, and what is
 * registered already is not downloaded again. Exit code 0 when all are there, 3 when some failed, 130 when stopped.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { isCatalogError } from "content-catalog";
import { openCatalog } from "content-catalog/node";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: "string", default: "4" },
    retries: { type: "string", default: "3" },
    "backoff-ms": { type: "string", default: "500" },
  },
});
const [listPath] = positionals;
if (listPath === undefined) {
  console.error("Usage: pipeline.mjs urls.txt [--concurrency N] [--retries N] [--backoff-ms N]");
  process.exit(2);
}

const RESOLVER = "http";
const runId = new Date().toISOString();
const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("stopped")));
const { signal } = stop;

/** An answer that is no success. */
class HttpFailure extends Error {
  constructor({ status, statusText, headers }) {
    super(`status ${status} ${statusText}`.trim());
    this.retryable = status === 408 || status === 429 || status >= 500;
    /** What the server asks for; in seconds, or a date that is not looked at. */
    this.waitMs = Number(headers.get("retry-after") ?? Number.NaN) * 1000;
  }
}

/** Whether the same download may succeed later. */
function mayPass(error) {
  if (error instanceof HttpFailure) return error.retryable;
  // A body that broke off is UNAVAILABLE; the TypeError of fetch is a connection that failed.
  return isCatalogError(error) ? error.retryable : error instanceof TypeError;
}

/** Does `work` until it succeeds, fails for good, or was tried often enough. */
async function withRetries(work, { retries, backoffMs }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (attempt > retries || !mayPass(error)) throw error;
      // Twice as long each time, and never all at once.
      const ownMs = backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const askedMs = error instanceof HttpFailure && error.waitMs >= 0 ? error.waitMs : 0;
      await sleep(Math.max(ownMs, askedMs), undefined, { signal });
    }
  }
}

/** Does `work` for each item, for so many at a time; begins no more when it was stopped. */
async function forEachLimited(items, limit, work) {
  // All take from one iterator, so each item is taken once.
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) {
      if (signal.aborted) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

/** Downloads, stores and registers one URL; says what became of it. */
async function take(catalog, url) {
  const known = await catalog.listByUrl(url);
  if (known.length > 0) return { what: "known", bytes: 0 };
  const response = await fetch(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HttpFailure(response);
  }
  const meta = { artifactId: `url:${url}`, sourceUrl: url, resolver: RESOLVER, runId };
  const { record, deduplicated } = await catalog.ingest(response, meta, { signal, idleTimeoutMs: 30_000 });
  return { what: deduplicated ? "deduplicated" : "stored", bytes: record.bytes };
}

const urls = new Set((await readFile(listPath, "utf8")).split("\n").map((line) => line.trim()));
urls.delete("");
const limits = { retries: Number(values.retries), backoffMs: Number(values["backoff-ms"]) };
const counts = { stored: 0, deduplicated: 0, known: 0, failed: 0 };
let bytes = 0;

const catalog = await openCatalog({
  catalog: { path: "state/catalog.sqlite" },
  storage: { rootDir: "data/docs", layout: "cas" },
});
try {
  await forEachLimited([...urls], Number(values.concurrency), async (url) => {
    try {
      const taken = await withRetries(() => take(catalog, url), limits);
      counts[taken.what] += 1;
      bytes += taken.bytes;
    } catch (error) {
      if (signal.aborted) return;
      counts.failed += 1;
      console.error(`${url}: ${error.message}`);
    }
  });
} finally {
  await catalog.close();
}

const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(
  `${urls.size} URLs: ${Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ")}`,
);
console.log(`${bytes} bytes, run ${runId}`);
if (signal.aborted) console.log(`Stopped; ${urls.size - done} are left. Run it again to go on.`);
process.exitCode = signal.aborted ? 130 : counts.failed > 0 ? 3 : 0;
