import { readChunks } from "../../../catalog/files/read-chunks.ts";
import { asCatalogError } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { isAbsolutePath, parentPath, resolvePath } from "../../../core/path.ts";
import type { FileHandle } from "../../../ports/file-system.ts";
import type { CommandContext } from "../../command.ts";
import { UsageError } from "../../exit-codes.ts";

/** @throws {UsageError} when a plan that is to be written is there already */
export async function refuseExisting({ host }: CommandContext, word: string): Promise<void> {
  const path = resolvePath(host.cwd, word);
  if ((await host.fs.lstat(path)) === undefined) return;
  throw new UsageError(`Cannot write the plan ${quote(path)}: it is there already`, {
    hint: "Apply it with --apply --plan, or give another name.",
  });
}

/** Writes a plan into a new file, durable. Nobody may read it who may not read the catalog. */
export async function writePlanFile(
  context: CommandContext,
  word: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  const { fs, cwd } = context.host;
  const path = resolvePath(cwd, word);
  try {
    const handle = await fs.open(path, "create", await modeOfCatalog(context));
    try {
      await writeLines(handle, lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.syncDirectory(parentPath(path));
  } catch (error) {
    throw asCatalogError(error, { verb: "write", path });
  }
}

/** What is written at once, in characters. */
const PIECE = 65_536;

async function writeLines(handle: FileHandle, lines: AsyncIterable<string>): Promise<void> {
  let text = "";
  for await (const line of lines) {
    text += line;
    if (text.length < PIECE) continue;
    await writeText(handle, text);
    text = "";
  }
  await writeText(handle, text);
}

async function writeText(handle: FileHandle, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.byteLength; ) at += await handle.write(bytes.subarray(at));
}

async function modeOfCatalog(context: CommandContext): Promise<number> {
  const { settings } = await context.loadSettings();
  const path = settings.catalog === false ? "" : settings.catalog.path;
  const stat = isAbsolutePath(path) ? await context.host.fs.stat(path) : undefined;
  return ((stat?.mode ?? 0) & 0o666) | 0o600;
}

/** Gives the text of a plan anew with each call. */
export function readPlanFile({ host }: CommandContext, word: string): () => AsyncIterable<string> {
  const { fs } = host;
  const path = resolvePath(host.cwd, word);
  return async function* readText() {
    let handle: FileHandle | undefined;
    try {
      handle = await fs.open(path, "read");
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for await (const chunk of readChunks(handle)) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    } catch (error) {
      throw asCatalogError(error, { verb: "read", path });
    } finally {
      await handle?.close();
    }
  };
}
