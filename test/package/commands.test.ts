import { posix } from "node:path";
import { expect, it } from "vitest";
import { VERBS } from "../../src/cli/verbs/all.ts";
import { loadedModules } from "./built-package.ts";

const NAMES = VERBS.map(({ verb }) => verb);

/** The commands whose code is in one of the files. */
function commandsIn(files: ReadonlySet<string>): readonly string[] {
  const names = [...files].map((path) => /^(.+)-.{8}\.mjs$/.exec(posix.basename(path))?.[1]);
  return NAMES.filter((name) => names.includes(name));
}

it("has the code of each command in a file of its own, which neither the start nor a help reads", () => {
  expect(commandsIn(loadedModules("bin.mjs", { later: true }).files)).toEqual(NAMES);
  expect(commandsIn(loadedModules("bin.mjs").files)).toEqual([]);
  const [help = ""] = [...loadedModules("bin.mjs", { later: true }).files].filter((path) => path.includes("/help-"));
  expect(commandsIn(loadedModules(posix.relative("dist", help)).files)).toEqual([]);
});
