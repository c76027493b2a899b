/*
 * Answers "do we have this hash, and where": GET /HASH, or at least the first 4 characters of one. The catalog is a file
 * that is served somewhere, CATALOG_URL; any host writes it.
 *
 *   wrangler dev --var CATALOG_URL:https://example.org/catalog.sqlite
 */
import { openCatalog, type WorkerdCatalog } from "content-catalog/workerd";
// A worker cannot compile WebAssembly; it is handed what was compiled when it was deployed.
import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";

interface Environment {
  readonly CATALOG_URL: string;
}

interface Context {
  waitUntil(pending: Promise<unknown>): void;
}

/** A catalog that was opened, and until when it is taken for current. */
interface Opened {
  readonly catalog: Promise<WorkerdCatalog>;
  readonly staleMs: number;
}

/** How long an answer may be behind the file. */
const MAX_AGE_MS = 60_000;

let opened: Opened | undefined;

/** Opened with the first request, and used by all that follow until it is too old. A failure is not kept. */
function currentCatalog(url: string, context: Context): Promise<WorkerdCatalog> {
  if (opened !== undefined && Date.now() < opened.staleMs) return opened.catalog;
  const catalog = fetch(url).then((file) => openCatalog({ sqlWasm, file }));
  const opening = { catalog, staleMs: Date.now() + MAX_AGE_MS };
  opened = opening;
  const forget = (): void => {
    if (opened === opening) opened = undefined;
  };
  // Others wait for it, too, should this request go away.
  context.waitUntil(catalog.catch(forget));
  return catalog;
}

const worker: { fetch(request: Request, environment: Environment, context: Context): Promise<Response> } = {
  async fetch(request, environment, context) {
    if (request.method !== "GET") return Response.json({ error: "Only GET is answered" }, { status: 405 });
    const hash = new URL(request.url).pathname.slice(1).toLowerCase();
    if (!/^[0-9a-f]{4,64}$/.test(hash)) {
      return Response.json({ error: "Ask for /HASH, a SHA-256 or at least its first 4 characters" }, { status: 400 });
    }
    try {
      const catalog = await currentCatalog(environment.CATALOG_URL, context);
      const records = [...(await catalog.findByHashPrefix(hash)), ...(await catalog.findVariantsByHashPrefix(hash))];
      const places = records.map(({ sha256, bytes, storageUri }) => ({ sha256, bytes, storageUri }));
      return Response.json({ found: places.length > 0, places }, { status: places.length > 0 ? 200 : 404 });
    } catch (error) {
      // What went wrong is for the log; it may name where the file is.
      console.error(error);
      return Response.json({ error: "The catalog cannot be read just now" }, { status: 503 });
    }
  },
};

export default worker;
