import type { Catalog } from "../../../catalog/catalog.ts";
import type {
  ApplySummary,
  CatalogPlaces,
  CollectOptions,
  CollectPlan,
  CollectReport,
} from "../../../catalog/collect/collect-options.ts";
import type { PlanFinding } from "../../../catalog/plan/plan.ts";
import { resolvePath } from "../../../core/path.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import { isCatalogError } from "../../../errors.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { AppliedActions } from "../../documents/applied-actions.ts";
import { pagesOf, readPlanOf, refuseExisting, writePlanFile } from "../../documents/plan-file.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import { ActionCounts } from "./_action-counts.ts";
import type { DEFINITION } from "./definition.ts";
import {
  appliedBlocks,
  appliedFields,
  collectProgress,
  nextOf,
  nextOfApplied,
  planBlocks,
  planFields,
  planFinding,
  planPart,
  unknownFinding,
} from "./view.ts";

type Flags = CommandInput<typeof DEFINITION>["flags"];

/** Says what would be collected; with `--apply` collects it. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  refuseContradictions(flags);
  if (flags.apply) return yield* applyPlan(context, flags);
  const { plan, refusal } = await makePlan(context, flags);
  const counts = new ActionCounts();
  for await (const actions of pagesOf(plan)) {
    yield planPart(actions, { continued: counts.lines > 0 });
    counts.add(actions);
  }
  return {
    exitCode: EXIT.done,
    summary: { ...planFields(plan), plan: flags.plan ?? null, operation_id: null },
    blocks: () => planBlocks(plan, { file: flags.plan, refusal, counts }),
    next: nextOf(plan, flags),
  };
}

/** @throws {UsageError} for flags that say two things */
function refuseContradictions(flags: Flags): void {
  if (flags.apply && flags["dry-run"]) throw new UsageError("Cannot use --apply and --dry-run at once: leave out one");
  if (!flags.apply || flags.plan === undefined) return;
  const said = (["orphans", "quarantine", "trash", "max-files", "max-bytes", "unknown"] as const).find((name) => {
    return flags[name] !== undefined && flags[name] !== false;
  });
  if (said === undefined) return;
  throw new UsageError(`Cannot use --${said} with --apply --plan: what is done stands in the plan`, {
    hint: `Make a plan with --${said}, then apply it.`,
  });
}

/** A plan, and why nothing could be noted where the catalog takes no writes. */
async function makePlan(
  context: CommandContext,
  flags: Flags,
): Promise<{ readonly plan: CollectPlan; readonly refusal: string | undefined }> {
  if (flags.plan !== undefined) await refuseExisting(context, flags.plan);
  const { catalog, refusal } = await openToNote(context, flags);
  const dryRun = flags["dry-run"] || refusal !== undefined;
  const plan = await catalog.planCollect({ ...optionsOf(context, flags), dryRun });
  if (flags.plan !== undefined) await writePlanFile(context, flags.plan, catalog.formatPlan(plan));
  return { plan, refusal: refusal ?? plan.report.notNotedBecause };
}

/** Says what would be done also where nothing can be written at the moment. */
async function openToNote(
  context: CommandContext,
  flags: Flags,
): Promise<{ readonly catalog: Catalog; readonly refusal: string | undefined }> {
  if (flags["dry-run"]) return { catalog: await context.openCatalog("read"), refusal: undefined };
  try {
    return { catalog: await context.openCatalog("write"), refusal: undefined };
  } catch (error) {
    const isPassing = (["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE"] as const).some((code) => {
      return isCatalogError(error, code);
    });
    if (!isPassing) throw error;
    return { catalog: await context.openCatalog("read"), refusal: (error as Error).message };
  }
}

async function* applyPlan(context: CommandContext, flags: Flags): CommandRun {
  const catalog = await context.openCatalog("write");
  const applied = new AppliedActions();
  const told = {
    onApplied: (action: PlanAction) => applied.add(action),
    onFinding: (finding: PlanFinding) => context.finding(planFinding(finding)),
  };
  const options = { ...optionsOf(context, flags), ...told, giveBackFirst: true };
  const made = flags.plan === undefined ? await catalog.planCollect(options) : undefined;
  const plan = made ?? (await readPlanOf(context, catalog, { word: flags.plan ?? "", verb: "gc" }));
  const { signal } = context;
  const running = catalog.apply(plan, {
    force: flags.force,
    maxTimeMs: flags["max-time"],
    catalogAt: placesOf(context, flags),
    signal,
    ...told,
    onProgress: (progress) => context.progress(collectProgress(progress)),
  });
  const counts = new ActionCounts();
  for await (const actions of applied.until(running)) {
    yield planPart(actions, { continued: counts.lines > 0 });
    counts.add(actions);
  }
  const summary = withGivenBack(await running, made?.report);
  return {
    exitCode: summary.findings > 0 ? EXIT.partly : EXIT.done,
    summary: { ...appliedFields(summary, made?.report), plan: flags.plan ?? null },
    blocks: () => appliedBlocks(summary, counts),
    next: nextOfApplied(summary, made?.report),
  };
}

/** What was given back while it was planned counts, too. */
function withGivenBack(summary: ApplySummary, report: CollectReport | undefined): ApplySummary {
  const { back, displaced } = report?.givenBack ?? { back: 0, displaced: 0 };
  return { ...summary, givenBack: summary.givenBack + back, findings: summary.findings + displaced };
}

function optionsOf(context: CommandContext, flags: Flags): CollectOptions {
  return {
    orphanTtlDays: flags.orphans,
    quarantineDays: flags.quarantine,
    trash: flags.trash,
    unknown: flags.unknown,
    maxFiles: flags["max-files"],
    maxBytes: flags["max-bytes"],
    catalogAt: placesOf(context, flags),
    signal: context.signal,
    onUnknown: (file) => context.finding(unknownFinding(file)),
    onProgress: (progress) => context.progress(collectProgress(progress)),
  };
}

function placesOf({ host }: CommandContext, flags: Flags): CatalogPlaces {
  return new Map(
    flags["catalog-at"].map((text) => {
      const at = text.indexOf("=");
      return [text.slice(0, at), resolvePath(host.cwd, text.slice(at + 1))] as const;
    }),
  );
}
