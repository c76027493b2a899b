import type { ImportedOutcome, ImportOptions, ImportSource } from "../../../catalog/import/import-options.ts";
import { openManifest } from "../../../catalog/import/manifest/manifest-source.ts";
import type { FieldMap } from "../../../core/manifest/field-map.ts";
import { resolvePath } from "../../../core/path.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { NOTHING_WRITTEN, plannedParts } from "../../documents/planned-table.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import { importBlocks, importFields, importFinding, importProgress, plannedLine } from "./view.ts";

type Input = CommandInput<typeof DEFINITION>;

/** The fields of the map by the names of `--map`. */
const MAP_FIELDS: Readonly<Record<string, keyof FieldMap>> = {
  artifact_id: "artifactId",
  source_url: "sourceUrl",
  resolver: "resolver",
  path: "path",
  content_type: "contentType",
  bytes: "bytes",
  sha256: "sha256",
  run_id: "runId",
  created_at: "createdAt",
};

/** Registers what a manifest lists, and reports as it goes. */
export async function* run(context: CommandContext, input: Input): CommandRun {
  const { clock } = context.host;
  checkInto(input);
  const source = await sourceOf(context, input);
  const dryRun = input.flags["dry-run"];
  const catalog = await context.openCatalog("create", { dryRun });
  const startedMs = clock.monotonicMs();
  const planned: ImportedOutcome[] = [];
  let findings = 0;
  const summary = await catalog.importManifest(source, {
    ...optionsOf(context, input),
    signal: context.signal,
    onFinding: (finding) => {
      findings++;
      context.finding(importFinding(finding));
    },
    onImported: dryRun ? (imported) => planned.push(imported) : undefined,
    onProgress: (progress) => context.progress(importProgress(progress, clock.monotonicMs() - startedMs)),
  });
  yield* plannedParts(planned, plannedLine);
  return {
    exitCode: findings > 0 ? EXIT.partly : EXIT.done,
    summary: { dry_run: dryRun, ...importFields(summary), findings },
    blocks: () => [
      ...importBlocks(summary),
      ...(summary.stopped ? [{ block: "line", text: "Stopped at the first finding, as --strict says." } as const] : []),
      ...(dryRun ? [NOTHING_WRITTEN] : []),
    ],
    next: dryRun ? undefined : "dedup-report",
  };
}

/** What is stored is hashed on its way, and must be there. */
function checkInto({ flags }: Input): void {
  if (flags.into === undefined) return;
  const wrong = flags.hash === "none" ? "--hash none" : flags["allow-missing"] ? "--allow-missing" : undefined;
  if (wrong === undefined) return;
  throw new UsageError(`Cannot use ${wrong} with --into: files are hashed while they are stored`, {
    hint: `Leave out ${wrong}; files that are gone are reported.`,
  });
}

async function sourceOf({ host }: CommandContext, { words: [word = ""] }: Input): Promise<ImportSource> {
  if (word === "-") return { stream: host.openStdin(), name: "standard input" };
  const source = { path: resolvePath(host.cwd, word) };
  // A manifest that is missing or cannot be read must not leave an empty catalog behind.
  await (await openManifest(host.fs, source)).close();
  return source;
}

function optionsOf({ host }: CommandContext, { words, flags }: Input): ImportOptions {
  const baseDir = flags["base-dir"] ?? (words[0] === "-" ? "." : undefined);
  return {
    format: flags.format,
    fields: fieldMap(flags.map),
    hash: flags.hash,
    into: flags.into,
    baseDir: baseDir === undefined ? undefined : resolvePath(host.cwd, baseDir),
    allowMissing: flags["allow-missing"],
    allowOutside: flags["allow-outside"],
    bringBack: flags["bring-back"],
    strict: flags.strict,
    onChange: flags["on-change"],
    runId: flags["run-id"],
    resolver: flags.resolver,
    jobs: flags.jobs,
  };
}

function fieldMap(assignments: readonly string[]): FieldMap | undefined {
  if (assignments.length === 0) return undefined;
  const fields: { -readonly [Field in keyof FieldMap]: string } = {};
  for (const assignment of assignments) {
    const equals = assignment.indexOf("=");
    const field = MAP_FIELDS[assignment.slice(0, equals)];
    if (field !== undefined) fields[field] = assignment.slice(equals + 1);
  }
  return fields;
}
