/** What a worker gets for the import of a WebAssembly file; `wrangler types` writes the same. */
declare module "*.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}
