import type { DedupOptions } from "../../../catalog/dedup/dedup-options.ts";
import type { PlanFinding } from "../../../catalog/plan/plan.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { AppliedActions } from "../../documents/applied-actions.ts";
import { pagesOf, readPlanOf, refuseExisting, writePlanFile } from "../../documents/plan-file.ts";
import { EXIT, UsageError } from "../../exit-codes.ts";
import type { DEFINITION } from "./definition.ts";
import {
  applyProgress,
  dedupFinding,
  doneBlocks,
  lookProgress,
  planBlocks,
  reportFields,
  resultFields,
  sharesPart,
} from "./view.ts";

type Flags = CommandInput<typeof DEFINITION>["flags"];

/** Says what would share its bytes; with `--apply` lets it. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  if (flags.apply) return yield* applyPlan(context, flags);
  if (flags.plan !== undefined) await refuseExisting(context, flags.plan);
  const catalog = await context.openCatalog("read");
  const plan = await catalog.planDedup(optionsOf(context, flags));
  if (flags.plan !== undefined) await writePlanFile(context, flags.plan, catalog.formatPlan(plan));
  let isFirst = true;
  for await (const actions of pagesOf(plan)) {
    yield sharesPart(actions, { continued: !isFirst });
    isFirst = false;
  }
  return {
    exitCode: EXIT.done,
    summary: {
      ...reportFields(plan.report),
      ...resultFields(plan.report),
      actions: plan.size,
      plan: flags.plan ?? null,
    },
    blocks: () => planBlocks(plan, flags.plan),
    next: plan.size === 0 ? "stats" : nextOf(flags),
  };
}

async function* applyPlan(context: CommandContext, flags: Flags): CommandRun {
  if (flags.plan !== undefined && flags["min-size"] !== undefined) {
    throw new UsageError("Cannot use --min-size with --apply --plan: what is done stands in the plan", {
      hint: "Make a plan with --min-size, then apply it.",
    });
  }
  const catalog = await context.openCatalog("write");
  const made = flags.plan === undefined ? await catalog.planDedup(optionsOf(context, flags)) : undefined;
  const plan = made ?? (await readPlanOf(context, catalog, { word: flags.plan ?? "", verb: "dedup" }));
  const applied = new AppliedActions();
  const running = catalog.apply(plan, {
    signal: context.signal,
    onApplied: (action: PlanAction) => applied.add(action),
    onFinding: (finding: PlanFinding) => context.finding(dedupFinding(finding)),
    onProgress: (progress) => context.progress(applyProgress(progress)),
  });
  let isFirst = true;
  for await (const actions of applied.until(running)) {
    yield sharesPart(actions, { continued: !isFirst });
    isFirst = false;
  }
  const summary = await running;
  return {
    exitCode: summary.findings > 0 ? EXIT.partly : EXIT.done,
    summary: {
      ...reportFields(made?.report),
      ...resultFields(summary),
      actions: summary.shared.files,
      plan: flags.plan ?? null,
    },
    blocks: () => doneBlocks(summary),
    next: "dedup-report",
  };
}

function optionsOf(context: CommandContext, flags: Flags): DedupOptions {
  return {
    minBytes: flags["min-size"],
    signal: context.signal,
    onProgress: (progress) => context.progress(lookProgress(progress)),
  };
}

/** The command that does what was said. */
function nextOf(flags: Flags): string {
  if (flags.plan !== undefined) return `dedup --apply --plan ${quoteForShell(flags.plan)}`;
  return flags["min-size"] === undefined ? "dedup --apply" : `dedup --apply --min-size ${flags["min-size"]}`;
}
