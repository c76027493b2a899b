/*
 * Takes the comments out of a script that is to be loaded: whoever reads about a function does so in the declarations.
 */
import { transform } from "esbuild";

/** The same script without comments, but for those that say who may use it. */
export async function stripComments(code) {
  const options = { loader: "js", charset: "utf8", legalComments: "inline" };
  // Only without white space does it leave them all out; the second time over gives each statement its line again.
  const dense = await transform(code, { ...options, minifyWhitespace: true });
  return (await transform(dense.code, options)).code;
}
