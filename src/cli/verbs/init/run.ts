import type { Catalog } from "../../../catalog/catalog.ts";
import type { RootStatus } from "../../../catalog/root/root-capability.ts";
import { quote } from "../../../core/messages/quote.ts";
import { redactSecrets } from "../../../core/settings.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import type { Block, JsonFields } from "../../output/part.ts";
import type { DEFINITION } from "./definition.ts";

type Flags = CommandInput<typeof DEFINITION>["flags"];

/** Creates the catalog, or opens the one that is there, and does what a flag says. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  const wanted = (["new-id", "adopt", "forget"] as const).filter((name) => flags[name]);
  if (wanted.length > 1) throw new UsageError(`Cannot use --${wanted.join(" and --")} at once: do one after the other`);
  const { settings } = await context.loadSettings();
  const path = settings.catalog === false ? "" : redactSecrets(settings.catalog.path);
  const existed = path !== "" && (await context.host.fs.stat(path)) !== undefined;
  // What a flag is about is there already.
  const catalog = await context.openCatalog(wanted.length === 0 ? "create" : "write");
  const done = await change(catalog, flags);
  if (existed && wanted.length === 0) await catalog.enterRoot();
  const { documents, schemaVersion } = await catalog.stats({ signal: context.signal });
  const root = await catalog.describeRoot();
  const text = existed
    ? `The catalog ${path} is there already, with ${documents} documents.`
    : `Created the catalog ${path}.`;
  return {
    exitCode: EXIT.done,
    summary: { path, created: !existed, documents, catalog_schema_version: schemaVersion, ...rootFields(root) },
    blocks: () => [{ block: "line", text: done ?? text }, ...ageOf(root), ...othersOf(root)],
    next: documents === 0 ? "import-manifest PATH" : "stats",
  };
}

/** Does what one of the flags says; gives what is to be said about it. */
async function change(catalog: Catalog, flags: Flags): Promise<string | undefined> {
  if (flags["new-id"]) return `The catalog has the id ${await catalog.renewCatalogId()} now.`;
  if (flags.adopt) {
    await catalog.adoptRoot();
    return "The root takes the catalog for what it is now.";
  }
  if (flags.forget === undefined) return undefined;
  await catalog.forgetCatalog(flags.forget);
  return `The root has forgotten the catalog ${flags.forget}.`;
}

function rootFields({ catalogId, root, isOlder, catalogs }: RootStatus): JsonFields {
  return {
    catalog_id: catalogId ?? null,
    root,
    is_older: isOlder,
    in_root: catalogs.some(({ isThis }) => isThis),
    other_catalogs: catalogs.filter(({ isThis }) => !isThis).map(({ id, path: at }) => ({ id, path: at })),
  };
}

function ageOf({ isOlder }: RootStatus): readonly Block[] {
  if (!isOlder) return [];
  const text = "It is older than its root has seen it, as one from a backup is: nothing is collected before --adopt.";
  return [{ block: "line", text }];
}

function othersOf({ root, catalogs }: RootStatus): readonly Block[] {
  return catalogs
    .filter(({ isThis }) => !isThis)
    .map(({ id, path }) => ({
      block: "line",
      text: `The root ${quote(root)} is used by catalog ${id} too${path === null ? "" : `, at ${quote(path)}`}.`,
    }));
}
