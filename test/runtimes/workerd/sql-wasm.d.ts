/** What a worker gets for the import of a WebAssembly file. */
declare module "*.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}
