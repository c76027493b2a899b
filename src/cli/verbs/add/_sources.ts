import type { AddMeta, AddSource, OpenableSource } from "../../../catalog/add/add-options.ts";
import { inspectSources } from "../../../catalog/add/inspect-sources.ts";
import { download } from "../../../catalog/download/download.ts";
import { parseName, parseStoredName } from "../../../core/document.ts";
import { quote } from "../../../core/messages/quote.ts";
import { resolvePath } from "../../../core/path.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext } from "../../command.ts";
import { asUsage, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";

type Input = CommandInput<typeof DEFINITION>;

/** Flags that say something about one thing, so that they cannot be said about several. */
const SINGLE_FLAGS = ["artifact-id", "source-url", "content-type"] as const;

/**
 * What the words of a command line mean, all of it looked at before anything is created.
 * @throws {UsageError} for flags that do not fit, a folder without --recursive, a URL with a password
 * @throws {CatalogError} NOT_FOUND when there is no such file
 */
export async function sourcesOf(context: CommandContext, { words, flags }: Input): Promise<readonly AddSource[]> {
  const said = SINGLE_FLAGS.filter((name) => flags[name] !== undefined);
  if (said.length > 0 && (words.length > 1 || flags.recursive)) {
    const many = flags.recursive ? "--recursive" : `${words.length} paths`;
    throw new UsageError(`Cannot use --${said[0]} with ${many}: it belongs to a single file`, {
      hint: "Add the file by itself.",
    });
  }
  if (words.filter((word) => word === "-").length > 1) {
    throw new UsageError('Cannot add "-" twice: there is one standard input');
  }
  const sources = words.map((word) => toSource(context, word, flags));
  const inspected = await inspectSources(await filesOf(context, flags), sources);
  const folder = inspected.findIndex(({ kind }) => kind === "folder");
  if (folder >= 0 && !flags.recursive) {
    throw new UsageError(`Cannot add ${quote(words[folder] ?? "")}: it is a folder`, {
      hint: "-r (--recursive) adds everything in it.",
    });
  }
  return sources;
}

/** To look may give a file its name back that somebody who was killed took away; a dry run does that in memory. */
async function filesOf({ host }: CommandContext, flags: Input["flags"]): Promise<FileSystem> {
  if (!flags["dry-run"]) return host.fs;
  const { createScratchFileSystem } = await import("../../../adapters/fs/scratch/scratch.ts");
  return createScratchFileSystem(host.fs);
}

function toSource(context: CommandContext, word: string, flags: Input["flags"]): AddSource {
  const meta = metaOf(flags);
  if (word === "-") return standardInput(context, meta);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return remote(context, word, meta);
  return { path: resolvePath(context.host.cwd, word), meta };
}

function metaOf(flags: Input["flags"]): AddMeta {
  return asUsage(() => ({
    ...(flags["artifact-id"] !== undefined && { artifactId: parseName("--artifact-id", flags["artifact-id"]) }),
    ...(flags["source-url"] !== undefined && { sourceUrl: parseName("--source-url", flags["source-url"]) }),
    ...(flags["content-type"] !== undefined && { contentType: parseName("--content-type", flags["content-type"]) }),
    ...(flags.resolver !== undefined && { resolver: parseName("--resolver", flags.resolver) }),
  }));
}

function standardInput({ host }: CommandContext, meta: AddMeta): OpenableSource {
  const { artifactId } = meta;
  if (artifactId === undefined) {
    throw new UsageError("Cannot add standard input: nothing says what it is", { hint: "Name it with --artifact-id." });
  }
  return {
    name: "standard input",
    meta: { sourceUrl: "stdin:", resolver: "stdin", ...meta, artifactId },
    open: async () => host.openStdin(),
  };
}

function remote({ host }: CommandContext, word: string, meta: AddMeta): OpenableSource {
  if (!URL.canParse(word)) throw new UsageError(`Cannot add ${quote(hideSecrets(word))}: it is no URL`);
  const url = new URL(word);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new UsageError(`Cannot add ${quote(hideSecrets(word))}: only http and https are fetched`, {
      hint: "Fetch it with another program, and add the file by its path.",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(`Cannot add ${quote(hideSecrets(word))}: it has a user name or password`, {
      hint: "Fetch it with a program that keeps passwords, and add the file.",
    });
  }
  url.hash = "";
  const known = { artifactId: `url:${cleanSecrets(url.href)}`, sourceUrl: url.href, resolver: "http" };
  asUsage(() => parseStoredName("URL", `url:${url.href}`));
  const name = hideSecrets(url.href);
  return {
    name,
    meta: { ...known, ...meta },
    open: async ({ signal }) => download(await host.openHttp(), url, { name, signal }),
  };
}

/** Nobody knows what else is a secret: for people, a URL ends before its query. */
function hideSecrets(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//").replace(/[?#].*$/s, "?...");
}
