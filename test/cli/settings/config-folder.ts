import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import {
  type LoadedSettings,
  type LoadSettingsOptions,
  loadSettings,
} from "../../../src/cli/settings/load-settings.ts";

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A fresh folder with these files; removed after the test. */
export async function makeFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "settings-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** `loadSettings` on real files, with nothing given that `options` does not give. */
export async function load(cwd: string, options: Partial<LoadSettingsOptions> = {}): Promise<LoadedSettings> {
  return loadSettings({ fs: createNodeFileSystem(), cwd, env: {}, flags: { set: [] }, ...options });
}
