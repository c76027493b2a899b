import type { SqlJsStatic } from "sql.js";
import initSqlJs from "sql.js/dist/sql-wasm-browser.js";

let loading: Promise<SqlJsStatic> | undefined;

/**
 * The sql.js module over its WebAssembly as somebody else compiled it, for runtimes that compile none from bytes.
 * Loaded once: sql.js keeps the first, whatever comes later.
 * @throws {TypeError} when `wasm` is no compiled module, or wants what sql.js does not give it
 * @throws {WebAssembly.LinkError} when it wants something else of what sql.js gives it
 */
export async function instantiateSqlJs(wasm: WebAssembly.Module): Promise<SqlJsStatic> {
  if (!(wasm instanceof WebAssembly.Module)) {
    throw new TypeError("Cannot load sql.js: expected its compiled WebAssembly.Module as sqlWasm");
  }
  loading ??= load(wasm);
  return loading;
}

function load(wasm: WebAssembly.Module): Promise<SqlJsStatic> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports: WebAssembly.Imports, done: SuccessCallback): WebAssembly.Exports => {
      try {
        const instance = new WebAssembly.Instance(wasm, imports);
        done(instance, wasm);
        return instance.exports;
      } catch (error) {
        // sql.js would never answer.
        reject(error);
        return {};
      }
    };
    withLocation(() => initSqlJs({ instantiateWasm })).then(resolve, reject);
  });
}

type SuccessCallback = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

/** sql.js looks where a worker is loaded from as soon as it starts, though it needs nothing from there. */
function withLocation<Result>(work: () => Result): Result {
  if (globalThis.location !== undefined) return work();
  // Only for that moment: programs tell runtimes apart by what is global.
  Object.defineProperty(globalThis, "location", { configurable: true, value: { href: "https://worker.invalid/" } });
  try {
    return work();
  } finally {
    Reflect.deleteProperty(globalThis, "location");
  }
}
