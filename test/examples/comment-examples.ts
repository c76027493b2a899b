import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../package/built-package.ts";

/** An example of a doc comment. */
export interface CommentExample {
  /** The file that it stands in, below `src`, without its extension. */
  readonly owner: string;
  readonly text: string;
  /** Not for Deno, which runs all others: `deno test --doc`. */
  readonly ignored: boolean;
}

const FENCED = /^ *\* ```ts( ignore)?\n(.*?)^ *\* ```$/gms;

/** The examples of all doc comments. */
export function findCommentExamples(): readonly CommentExample[] {
  const source = join(ROOT, "src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return files.sort().flatMap((path) =>
    [...readFileSync(join(source, path), "utf8").matchAll(FENCED)].map(([, ignore, lines = ""]) => ({
      owner: path.replaceAll("\\", "/").replace(/\.ts$/, ""),
      text: lines.replace(/^ *\* ?/gm, ""),
      ignored: ignore !== undefined,
    })),
  );
}
