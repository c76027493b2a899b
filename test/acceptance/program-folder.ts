import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtFile } from "../package/built-package.ts";
import { SHORT_LIVED } from "../short-lived.ts";

/** Makes a folder with the command line of the built package, as a shell finds it. */
export function makeProgramFolder(above: string): string {
  const folder = join(above, "bin");
  mkdirSync(folder);
  const node = [process.execPath, ...SHORT_LIVED, builtFile("bin.mjs")];
  const text = `#!/bin/sh\nexec ${node.map((word) => `'${word}'`).join(" ")} "$@"\n`;
  writeFileSync(join(folder, "catalog"), text, { mode: 0o755 });
  return folder;
}
