import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";

/** Where and how the commands of a page run. */
export interface ConsolePageOptions {
  /** The folder in which they run; the page does not show the folders above it. */
  readonly folder: string;
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is another text in this run than on the page, by the text of the page. @default nothing is */
  readonly actual?: ReadonlyMap<string, string> | undefined;
}

const FENCED = /^```console\n(.*?)^```$/gms;

/** Of a catalog, or an operation. */
const ID = /\b[0-9a-f]{32}\b/g;

const DAY_MS = 86_400_000;

/** When everything on a page happens. */
const SHOWN_MS = Date.UTC(2026, 11, 1, 9);

/** Runs the commands of a page in order, each in a shell of its own, and gives the page with what they print. */
export function runConsolePage(page: string, { folder, env, actual = new Map() }: ConsolePageOptions): string {
  const { makeComparable, toActual } = createComparable(folder, actual);
  return page.replace(FENCED, (_, block: string) => {
    const commands = block.split("\n").filter((line) => line.startsWith("$ "));
    const shown = commands.map((line) => {
      const words = ["-c", `exec 2>&1\n${toActual(line.slice(2))}`];
      const { status, stdout } = spawnSync("sh", words, { cwd: folder, env, encoding: "utf8" });
      const end = status === 0 ? "" : `[exit code ${status}, which the page does not tell]\n`;
      return `${line}\n${makeComparable(stdout)}${end}`;
    });
    return `\`\`\`console\n${shown.join("")}\`\`\``;
  });
}

interface Comparable {
  /** What was printed, as the page shows it. */
  makeComparable(text: string): string;
  /** A command of the page with the ids that this run has in the place of those that are shown. */
  toActual(command: string): string;
}

/**
 * The rule by which two runs print the same: the folder is at the root, ids are numbered as they appear, and everything
 * happens at one time of the day that it happens on.
 */
function createComparable(folder: string, texts: ReadonlyMap<string, string>): Comparable {
  const above = folder.slice(0, folder.lastIndexOf("/"));
  const startedMs = Date.now();
  const ids = new Map<string, string>();
  const idOf = (id: string): string => {
    const known = ids.get(id) ?? createHash("sha256").update(String(ids.size)).digest("hex").slice(0, 32);
    ids.set(id, known);
    return known;
  };
  const timeOf = (text: string): string => {
    const days = Math.round((Date.parse(text.replace(" ", "T")) - startedMs) / DAY_MS);
    return new Date(SHOWN_MS + days * DAY_MS).toISOString().replace("T", " ").replace(".000", "");
  };
  const replaceAll = (text: string, pairs: Iterable<readonly [string, string]>): string =>
    [...pairs].reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  const makeComparable = (text: string): string =>
    replaceAll(
      text,
      [...texts].map(([shown, actual]) => [actual, shown] as const),
    )
      .replaceAll(above, "")
      .replace(ID, idOf)
      .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, timeOf);
  const toActual = (command: string): string => {
    const actual = new Map([...ids].map(([id, shown]) => [shown, id]));
    return replaceAll(command, texts).replace(ID, (shown) => actual.get(shown) ?? shown);
  };
  return { makeComparable, toActual };
}
