import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";
import { openCatalog } from "../../../src/hosts/workerd.ts";
import otherWasm from "./other.wasm";

/* Opens catalogs where sql.js is loaded in unusual ways; a worker loads it once, so each way takes a worker. */

const answers: Readonly<Record<string, () => Promise<unknown>>> = {
  "/other-module": async () => {
    const open = (): Promise<unknown> => openCatalog({ sqlWasm: otherWasm }).catch((error: Error) => error.name);
    // The second answers like the first: it must not wait for good.
    return [await open(), await open()];
  },
  "/with-location": async () => {
    const location = { href: "https://example.org/worker.mjs" };
    Object.defineProperty(globalThis, "location", { configurable: true, value: location });
    const catalog = await openCatalog({ sqlWasm });
    const { documents } = await catalog.stats();
    await catalog.close();
    return [documents, globalThis.location === Object(location)];
  },
};

const worker: { fetch(request: Request): Promise<Response> } = {
  async fetch(request) {
    return Response.json(await answers[new URL(request.url).pathname]?.());
  },
};

export default worker;
