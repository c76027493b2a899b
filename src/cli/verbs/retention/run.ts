import type { Catalog } from "../../../catalog/catalog.ts";
import type { RetentionPlan, RetentionReport } from "../../../catalog/retention/retention-options.ts";
import type { PlanAction } from "../../../core/plan/plan-action.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { AppliedActions } from "../../documents/applied-actions.ts";
import { pagesOf, readPlanOf, refuseExisting, writePlanFile } from "../../documents/plan-file.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Part } from "../../output/part.ts";
import { commandOf, policyOf, type RetentionFlags, refuseContradictions } from "./_policy.ts";
import type { DEFINITION } from "./definition.ts";
import {
  capFinding,
  doneBlocks,
  dropProgress,
  isDrop,
  lookProgress,
  planBlocks,
  rowFinding,
  rowsPart,
  summaryFields,
} from "./view.ts";

/** Says which rows would go, and why each goes or stays; with `--apply` drops them. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  refuseContradictions(flags);
  if (flags.apply) return yield* applyPlan(context, flags);
  if (flags.plan !== undefined) await refuseExisting(context, flags.plan);
  const catalog = await context.openCatalog("read");
  const plan = await makePlan(context, catalog, flags);
  if (flags.plan !== undefined) await writePlanFile(context, flags.plan, catalog.formatPlan(plan));
  const { report } = plan;
  yield* partsOf(pagesOf(plan));
  return {
    exitCode: exitCodeOf(report, 0),
    summary: { ...summaryFields(report, undefined), plan: flags.plan ?? null },
    blocks: () => planBlocks(report, flags.plan),
    next: report.dropped === 0 ? "stats" : commandOf(flags),
  };
}

async function makePlan(context: CommandContext, catalog: Catalog, flags: RetentionFlags): Promise<RetentionPlan> {
  const plan = await catalog.planRetention(policyOf(flags), {
    allowAll: flags["allow-all"],
    signal: context.signal,
    onProgress: (progress) => context.progress(lookProgress(progress)),
  });
  for (const cap of plan.report.unmet) context.finding(capFinding(cap));
  return plan;
}

async function* applyPlan(context: CommandContext, flags: RetentionFlags): CommandRun {
  const catalog = await context.openCatalog("write");
  const made = flags.plan === undefined ? await makePlan(context, catalog, flags) : undefined;
  const plan = made ?? (await readPlanOf(context, catalog, { word: flags.plan ?? "", verb: "retention" }));
  if (made !== undefined) yield* keptParts(made);
  const applied = new AppliedActions();
  const running = catalog.apply(plan, {
    signal: context.signal,
    onApplied: (action) => applied.add(action),
    onFinding: (finding) => context.finding(rowFinding(finding)),
    onProgress: (progress) => context.progress(dropProgress(progress)),
  });
  yield* partsOf(applied.until(running));
  const summary = await running;
  return {
    exitCode: exitCodeOf(made?.report, summary.findings),
    summary: { ...summaryFields(made?.report, summary), plan: flags.plan ?? null },
    blocks: () => doneBlocks(made?.report, summary),
    next: summary.dropped.rows === 0 ? "stats" : "gc",
  };
}

function exitCodeOf(report: RetentionReport | undefined, findings: number): ExitCode {
  return findings + (report?.unmet.length ?? 0) > 0 ? EXIT.partly : EXIT.done;
}

async function* partsOf(pages: AsyncIterable<readonly PlanAction[]>): AsyncGenerator<Part, void, undefined> {
  let shown = 0;
  for await (const actions of pages) {
    yield rowsPart(actions, { shown });
    shown += actions.filter(isDrop).length;
  }
}

/** The rows that stay, for programs: that they do is not done later. */
async function* keptParts(plan: RetentionPlan): AsyncGenerator<Part, void, undefined> {
  for await (const actions of pagesOf(plan)) {
    yield rowsPart(
      actions.filter((action) => !isDrop(action)),
      { shown: 0 },
    );
  }
}
