/** The build of sql.js that asks for nothing of Node; its API is that of the package's main entry. */
declare module "sql.js/dist/sql-wasm-browser.js" {
  export { default } from "sql.js";
}
