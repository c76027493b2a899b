import type { AddFindingKind } from "../../../catalog/add/add-options.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { sourcesOf } from "./_sources.ts";
import type { DEFINITION } from "./definition.ts";
import { addBlocks, addFields, addFinding, addProgress } from "./view.ts";

const UNREGISTERED = { block: "line", text: "The catalog is disabled: files were stored, none registered." } as const;

/** Stores and registers what is named, and reports as it goes. */
export async function* run(context: CommandContext, input: CommandInput<typeof DEFINITION>): CommandRun {
  const { clock } = context.host;
  const { flags } = input;
  const sources = await sourcesOf(context, input);
  const catalog = await context.openCatalog("create", { mayBeDisabled: flags.into !== "none" });
  const { settings } = await context.loadSettings();
  const isRegistered = settings.catalog !== false;
  const startedMs = clock.monotonicMs();
  const kinds = new Set<AddFindingKind>();
  let findings = 0;
  const summary = await catalog.add(sources, {
    recursive: flags.recursive,
    into: flags.into,
    onChange: flags["on-change"],
    runId: flags["run-id"],
    jobs: flags.jobs,
    signal: context.signal,
    onFinding: (finding) => {
      findings++;
      kinds.add(finding.kind);
      context.finding(addFinding(finding));
    },
    onProgress: (progress) => context.progress(addProgress(progress, clock.monotonicMs() - startedMs)),
  });
  return {
    exitCode: findings > 0 ? EXIT.partly : EXIT.done,
    summary: { ...addFields(summary), findings },
    blocks: () => [...addBlocks(summary, kinds), ...(isRegistered ? [] : [UNREGISTERED])],
    ...(isRegistered && { next: "dedup-report" }),
  };
}
