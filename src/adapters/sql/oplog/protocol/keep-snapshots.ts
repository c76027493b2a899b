import { hasCode } from "../../../../core/messages/file-error.ts";
import { baseName } from "../../../../core/path.ts";
import type { HeldSnapshot, StoreParts } from "./store.ts";

const SEQUENCE_DIGITS = 16;

/**
 * Gives the snapshot that is about to be replaced a name of its own, if that is wanted, and removes the oldest beyond
 * what is to be kept. Where links do not exist nothing is kept.
 */
export async function keepSnapshot(parts: StoreParts, snapshot: HeldSnapshot): Promise<void> {
  const { fs, files, keepSnapshots, logger } = parts;
  if (keepSnapshots === 0) return;
  const name = `${files.snapshot}.kept-${String(snapshot.sequence).padStart(SEQUENCE_DIGITS, "0")}`;
  try {
    await fs.link(files.snapshot, name);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) logger?.log("warn", "could not keep a snapshot", { reason: String(error) });
  }
  const kept = await listKept(parts);
  for (const old of kept.slice(0, -keepSnapshots)) {
    try {
      await fs.unlink(`${files.folder}/${old}`);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
}

/** The names of kept snapshots, oldest first. */
async function listKept({ fs, files }: StoreParts): Promise<readonly string[]> {
  const start = `${baseName(files.snapshot)}.kept-`;
  const names: string[] = [];
  for await (const { name } of fs.list(files.folder)) {
    if (name.startsWith(start) && /^\d{16}$/.test(name.slice(start.length))) names.push(name);
  }
  return names.sort();
}
