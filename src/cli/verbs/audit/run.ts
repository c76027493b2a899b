import type { AuditFinding } from "../../../catalog/audit/audit-finding.ts";
import type { AuditSummary } from "../../../catalog/audit/audit-options.ts";
import type { Catalog } from "../../../catalog/catalog.ts";
import { type CatalogError, isCatalogError } from "../../../errors.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { ShownFindings } from "./_shown-findings.ts";
import type { DEFINITION } from "./definition.ts";
import {
  auditBlocks,
  auditFields,
  auditProgress,
  findingsPart,
  nextCommand,
  unopenedBlocks,
  unopenedFields,
  unopenedFinding,
} from "./view.ts";

/** So many findings are written at a time. */
const LINES_AT_ONCE = 100;

/** How many findings of a kind people are shown. */
const DEFAULT_LIMIT = 20;

/** Compares the catalog with what is stored. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  const catalog = await openToAudit(context);
  if (!("audit" in catalog)) return yield* tellUnopened(catalog);
  const shown = new ShownFindings(flags.limit ?? DEFAULT_LIMIT);
  let summary: AuditSummary | undefined;
  const findings = catalog.audit({
    signal: context.signal,
    onProgress: (progress) => context.progress(auditProgress(progress)),
    onSummary: (told) => {
      summary = told;
    },
  });
  let some: AuditFinding[] = [];
  try {
    for await (const finding of findings) {
      shown.add(finding);
      some.push(finding);
      if (some.length < LINES_AT_ONCE) continue;
      yield findingsPart(some);
      some = [];
    }
  } catch (error) {
    // What was found before it failed is told.
    yield findingsPart(some);
    throw error;
  }
  yield findingsPart(some);
  // It is told with the last finding.
  const told = summary as AuditSummary;
  return {
    exitCode: told.findings > 0 ? EXIT.finding : EXIT.done,
    summary: auditFields(told),
    blocks: (style) => auditBlocks(told, shown, style),
    next: nextCommand(told),
  };
}

/** Only one who writes can give back what a collector took that is gone; whoever does not leaves everything as it is. */
async function openToAudit(context: CommandContext): Promise<Catalog | CatalogError> {
  try {
    const reader = await context.openCatalog("read");
    if (!(await hasLeft(reader))) return reader;
    await reader.close();
    return await openToWrite(context);
  } catch (error) {
    if (isCatalogError(error, "CORRUPT") || isCatalogError(error, "DIVERGED")) return error;
    throw error;
  }
}

async function hasLeft(catalog: Catalog): Promise<boolean> {
  try {
    for await (const { kind } of catalog.listTrash()) if (kind === "left") return true;
  } catch (error) {
    // That is for the audit to tell.
    if (!isCatalogError(error, "CORRUPT")) throw error;
  }
  return false;
}

async function openToWrite(context: CommandContext): Promise<Catalog> {
  try {
    return await context.openCatalog("write");
  } catch (error) {
    const passes = (["READ_ONLY", "PERMISSION", "BUSY", "NO_SPACE"] as const).some((code) =>
      isCatalogError(error, code),
    );
    if (!passes) throw error;
    return context.openCatalog("read");
  }
}

/** Of a catalog that cannot be opened nothing else can be told. */
async function* tellUnopened(error: CatalogError): CommandRun {
  yield findingsPart([unopenedFinding(error)]);
  return { exitCode: EXIT.finding, summary: unopenedFields(error), blocks: () => unopenedBlocks(error) };
}
