/*
 * What vitest runs before all tests, so that they find what git ignores, also when vitest is started by itself.
 */
export { generateFromPackages as setup } from "./prepare.mjs";
