import initSqlJs, { type SqlJsStatic } from "sql.js";

let loading: Promise<SqlJsStatic> | undefined;

/**
 * sql.js with the WebAssembly that the package carries within itself: no file is read for it, so it needs no permission
 * and works where no package is installed. It is loaded once a process.
 */
export function loadEmbeddedSqlJs(): Promise<SqlJsStatic> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SqlJsStatic> {
  const { SQL_WASM_BASE64 } = await import("./sql-wasm.gen.ts");
  return initSqlJs({ wasmBinary: decodeBase64(SQL_WASM_BASE64).buffer });
}

/** The bytes of a text in base64 (RFC 4648). Not every runtime has `Uint8Array.fromBase64` yet. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
