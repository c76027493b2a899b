import { asCatalogError, hasCode } from "../../core/messages/file-error.ts";
import { findNearestName } from "../../core/messages/nearest-name.ts";
import { quote } from "../../core/messages/quote.ts";
import { baseName, parentPath, resolvePath } from "../../core/path.ts";
import { CatalogError } from "../../errors.ts";
import type { FileStat, FileSystem } from "../../ports/file-system.ts";
import { CONFIG_FORMATS, type ConfigFormat, parseConfig } from "./parse-config.ts";

/** A configuration file that was read: its values are unchecked. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** What relative paths in it start from. */
  readonly folder: string;
  readonly content: unknown;
}

/** Where to look for a configuration file. */
export interface ConfigFileOptions {
  readonly fs: FileSystem;
  /** Absolute. */
  readonly cwd: string;
  /** The file that the user named; relative to `cwd`. Without one `cwd` is searched. */
  readonly configPath?: string | undefined;
  /** Whether a file that the runtime may not look for is taken for none. @default false */
  readonly dispensable?: boolean | undefined;
}

/** A configuration is some lines long; what is larger is another file. */
const MAX_SIZE_BYTES = 1024 * 1024;

/**
 * Reads the configuration file that was named, or the one in the working directory; `undefined` when there is none.
 * @throws {CatalogError} CONFIGURATION when a named file is missing, two are there, or the file cannot be used
 */
export async function readConfigFile(options: ConfigFileOptions): Promise<ConfigFile | undefined> {
  const path =
    options.configPath === undefined ? await discover(options) : resolvePath(options.cwd, options.configPath);
  if (path === undefined) return undefined;
  const format = formatOf(path);
  const text = decode(path, await readBytes(options.fs, path));
  return { path, folder: parentPath(path), content: await parseConfig(text, { format, path }) };
}

async function discover(options: ConfigFileOptions): Promise<string | undefined> {
  const { cwd } = options;
  const candidates = CONFIG_FORMATS.map((format) => resolvePath(cwd, `catalog.config.${format}`));
  const there = await Promise.all(candidates.map((path) => isThere(options, path)));
  const found = candidates.filter((_, index) => there[index]);
  if (found.length > 1) {
    throw refuse(cwd, {
      message: `Cannot choose a configuration file in ${quote(cwd, 1000)}: ${found.map((path) => quote(baseName(path))).join(" and ")} are there`,
      hint: "Keep one of them, or name one with --config.",
    });
  }
  return found[0];
}

async function isThere({ fs, cwd, dispensable = false }: ConfigFileOptions, path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)) !== undefined;
  } catch (cause) {
    if (!hasCode(cause, "ENOTCAPABLE")) throw asCatalogError(cause, { verb: "read configuration file", path });
    if (dispensable) return false;
    throw new CatalogError("PERMISSION", `Cannot look for a configuration file in ${quote(cwd, 1000)}: not permitted`, {
      details: { path },
      cause,
      hint: "Start Deno with --allow-read of this folder, or name both --catalog and --root.",
    });
  }
}

function formatOf(path: string): ConfigFormat {
  const extension = /\.([^.]*)$/.exec(baseName(path))?.[1]?.toLowerCase() ?? "";
  const format = CONFIG_FORMATS.find((known) => known === extension);
  if (format !== undefined) return format;
  const nearest = findNearestName(extension, CONFIG_FORMATS);
  throw refuse(path, {
    message: `Cannot use configuration file ${quote(path, 1000)}: its extension ${quote(extension)} says no known format`,
    hint: `Name it .${CONFIG_FORMATS.join(", .")}${nearest === undefined ? "" : `. Did you mean ".${nearest}"?`}`,
  });
}

async function readBytes(fs: FileSystem, path: string): Promise<Uint8Array> {
  const stat = await statFile(fs, path);
  if (stat === undefined) {
    throw refuse(path, {
      message: `Cannot read configuration file ${quote(path, 1000)}: it does not exist`,
      hint: "Check the path after --config for typing errors.",
    });
  }
  if (stat.kind !== "file") {
    throw refuse(path, {
      message: `Cannot read configuration file ${quote(path, 1000)}: it is no regular file`,
      hint: "Name a file.",
    });
  }
  const bytes = stat.sizeBytes > MAX_SIZE_BYTES ? undefined : await readAll(fs, path);
  if (bytes !== undefined && bytes.length <= MAX_SIZE_BYTES) return bytes;
  throw refuse(path, {
    message: `Cannot read configuration file ${quote(path, 1000)}: it has ${bytes?.length ?? stat.sizeBytes} bytes, the limit is ${MAX_SIZE_BYTES}`,
    hint: "Check that it is the file you meant.",
  });
}

async function statFile(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await fs.stat(path);
  } catch (error) {
    throw asCatalogError(error, { verb: "read configuration file", path });
  }
}

async function readAll(fs: FileSystem, path: string): Promise<Uint8Array> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    throw asCatalogError(error, { verb: "read configuration file", path });
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refuse(path, {
      message: `Cannot read configuration file ${quote(path, 1000)}: it is not valid UTF-8`,
      hint: "Save it as UTF-8.",
    });
  }
}

function refuse(path: string, text: { readonly message: string; readonly hint: string }): CatalogError {
  return new CatalogError("CONFIGURATION", text.message, { details: { origin: `file ${path}` }, hint: text.hint });
}
