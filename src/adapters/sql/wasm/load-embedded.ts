import type { SqlJsStatic } from "sql.js";

let loading: Promise<SqlJsStatic> | undefined;

/** Gives the bytes of a text in base64 (RFC 4648). */
export type Base64Decoder = (base64: string) => Uint8Array<ArrayBuffer>;

/**
 * sql.js with the WebAssembly that the package carries within itself: no file is read for it, so it needs no permission
 * and works where no package is installed, as in a bundle. Nor does it ask for modules of Node, as the other build of
 * sql.js does. It is loaded once a process.
 * @param decode - the runtime's own, where that is faster. @default one that works everywhere
 */
export function loadEmbeddedSqlJs(decode: Base64Decoder = decodeBase64): Promise<SqlJsStatic> {
  loading ??= load(decode);
  return loading;
}

async function load(decode: Base64Decoder): Promise<SqlJsStatic> {
  const [{ default: initSqlJs }, { SQL_WASM_BASE64 }] = await Promise.all([
    import("sql.js/dist/sql-wasm-browser.js"),
    import("./sql-wasm.gen.ts"),
  ]);
  return initSqlJs({ wasmBinary: decode(SQL_WASM_BASE64).buffer });
}

/** Not every runtime has `Uint8Array.fromBase64` yet. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
