import type { AddedSource, AddFindingKind, AddOptions } from "../../../catalog/add/add-options.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { NOTHING_WRITTEN, plannedParts } from "../../documents/planned-table.ts";
import { EXIT } from "../../exit-codes.ts";
import { sourcesOf } from "./_sources.ts";
import type { DEFINITION } from "./definition.ts";
import { addBlocks, addFields, addFinding, addProgress, notFetchedPart, plannedFile } from "./view.ts";

const UNREGISTERED = { block: "line", text: "The catalog is disabled: files were stored, none registered." } as const;

/** Stores and registers what is named, and reports as it goes. */
export async function* run(context: CommandContext, input: CommandInput<typeof DEFINITION>): CommandRun {
  const { clock } = context.host;
  const { flags } = input;
  const dryRun = flags["dry-run"];
  const named = await sourcesOf(context, input);
  // To fetch is to ask others for something, and to keep it somewhere.
  const notFetched = dryRun ? named.flatMap((source) => ("open" in source ? [source.name] : [])) : [];
  const sources = dryRun ? named.filter((source) => !("open" in source)) : named;
  const catalog = await context.openCatalog("create", { mayBeDisabled: flags.into !== "none", dryRun });
  const { settings } = await context.loadSettings();
  const isRegistered = settings.catalog !== false;
  const startedMs = clock.monotonicMs();
  const kinds = new Set<AddFindingKind>();
  const planned: AddedSource[] = [];
  let findings = 0;
  const summary = await catalog.add(sources, {
    ...optionsOf(flags),
    signal: context.signal,
    onFinding: (finding) => {
      findings++;
      kinds.add(finding.kind);
      context.finding(addFinding(finding));
    },
    onAdded: dryRun ? (added) => planned.push(added) : undefined,
    onProgress: (progress) => context.progress(addProgress(progress, clock.monotonicMs() - startedMs)),
  });
  yield* plannedParts(planned, plannedFile);
  if (notFetched.length > 0) yield notFetchedPart(notFetched);
  const last = [...(isRegistered ? [] : [UNREGISTERED]), ...(dryRun ? [NOTHING_WRITTEN] : [])];
  return {
    exitCode: findings > 0 ? EXIT.partly : EXIT.done,
    summary: { dry_run: dryRun, not_fetched: notFetched.length, ...addFields(summary), findings },
    blocks: () => [...addBlocks(summary, kinds), ...last],
    ...(isRegistered && !dryRun && { next: "dedup-report" }),
  };
}

function optionsOf(flags: CommandInput<typeof DEFINITION>["flags"]): AddOptions {
  return {
    recursive: flags.recursive,
    into: flags.into,
    bringBack: flags["bring-back"],
    onChange: flags["on-change"],
    runId: flags["run-id"],
    jobs: flags.jobs,
  };
}
