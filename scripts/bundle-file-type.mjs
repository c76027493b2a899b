/*
 * Makes one module of file-type and what it needs, without `debug`: one of its dependencies reads the environment
 * through that package as soon as it is loaded, for which Deno wants a permission. Everything else stays as it is.
 */
import { build } from "esbuild";
import { licencesOf } from "./licences.mjs";

/** Answers `debug` with a logger that says nothing. */
const withoutDebug = {
  name: "without-debug",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^debug$/ }, () => ({ path: "debug", namespace: "silent" }));
    onLoad({ filter: /^debug$/, namespace: "silent" }, () => ({ contents: "export default () => () => {};" }));
  },
};

const TYPE = "(bytes: Uint8Array) => Promise<{ readonly mime: string; readonly ext: string } | undefined>";

/** The text of the module. @throws when a package has no licence, or uses what not every runtime has */
export async function bundleFileType(root) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { fileTypeFromBuffer } from "file-type/core";', resolveDir: root },
    absWorkingDir: root,
    preserveSymlinks: true,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    charset: "utf8",
    legalComments: "none", // they stand at the top, in full
    metafile: true,
    write: false,
    plugins: [withoutDebug],
  });
  const code = outputFiles[0].text
    .replace(/^\/\/ (?:.*node_modules\/|silent:)(.*)$/gm, "// $1")
    .replace(
      /^export \{\n {2}fileTypeFromBuffer\n\};\n$/m,
      `export const tellFileType: ${TYPE} = fileTypeFromBuffer;\n`,
    );
  if (!code.includes("export const tellFileType")) throw new Error("Cannot bundle file-type: its export was not found");
  return [
    "// Generated from the package file-type by npm run generate; do not edit.\n",
    "// @ts-nocheck: what was JavaScript has no types.\n",
    ...licencesOf(root, metafile),
    code,
  ].join("");
}
