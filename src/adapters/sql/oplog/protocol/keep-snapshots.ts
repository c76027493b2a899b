import { hasCode } from "../../../../core/messages/file-error.ts";
import { baseName } from "../../../../core/path.ts";
import type { PrivateDirectory } from "./private-directory.ts";
import type { HeldSnapshot, StoreParts } from "./store.ts";

const SEQUENCE_DIGITS = 16;

/**
 * Gives the snapshot that is about to be replaced a name of its own, if that is wanted, and removes the oldest beyond
 * what is to be kept. Where links do not exist nothing is kept.
 */
export async function keepSnapshot(
  parts: StoreParts,
  snapshot: HeldSnapshot,
  directory: PrivateDirectory,
): Promise<void> {
  const { fs, files, keepSnapshots, logger, rules } = parts;
  if (keepSnapshots === 0) return;
  const name = `${files.snapshot}.kept-${String(snapshot.sequence).padStart(SEQUENCE_DIGITS, "0")}`;
  const link = directory.file("kept");
  try {
    // Somebody else's checkpoint in its place is none that the name speaks of; whoever makes one takes the folder away.
    await fs.link(files.snapshot, rules.keptOutOfPrivate ? link : name);
    if (rules.keptOutOfPrivate) await fs.rename(link, name);
  } catch (error) {
    logger?.log("warn", "could not keep a snapshot", { reason: String(error) });
  }
  for (const old of (await listKept(parts)).slice(0, -keepSnapshots)) {
    try {
      await fs.unlink(`${files.folder}/${old}`);
    } catch (error) {
      // It takes space and harms nothing, while the log waits to be taken in.
      if (!hasCode(error, "ENOENT")) logger?.log("warn", "could not remove a snapshot", { reason: String(error) });
    }
  }
}

/** The names of kept snapshots, oldest first. */
async function listKept({ fs, files }: StoreParts): Promise<readonly string[]> {
  const start = `${baseName(files.snapshot)}.kept-`;
  const names: string[] = [];
  for await (const page of fs.list(files.folder)) {
    for (const { name, kind } of page) {
      if (kind === "file" && name.startsWith(start) && /^\d{16}$/.test(name.slice(start.length))) names.push(name);
    }
  }
  return names.sort();
}
