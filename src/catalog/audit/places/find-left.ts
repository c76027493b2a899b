import { quote } from "../../../core/messages/quote.ts";
import type { PlanReason } from "../../../core/plan/plan-action.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { QuarantinedBlob } from "../../../ports/blob-store.ts";
import { findLeftovers, stagedKey } from "../../collect/find/find-leftovers.ts";
import type { LiveSets } from "../../collect/live/live-sets.ts";
import type { OrphanMarks } from "../../collect/marks/orphan-marks.ts";
import { listTrash } from "../../trash/list-trash.ts";
import type { TrashedBlob } from "../../trash/trashed-blob.ts";
import type { AuditContext } from "../audit-context.ts";
import { type AuditFinding, type AuditReason, auditFinding } from "../audit-finding.ts";

/** For how long what somebody staged is left alone in a store that nobody collects in, in milliseconds: a day. */
const LONG_MS = 86_400_000;

/** What lies in the folders of the catalog's own and is needed by nobody. */
export async function* findLeft(
  context: AuditContext,
  looked: { readonly marks: OrphanMarks; readonly pins: Pick<LiveSets, "isPinned"> },
): AsyncGenerator<AuditFinding, void, undefined> {
  if (!context.store.capabilities.take) return yield* findOldStaged(context);
  for (const { action } of await findLeftovers(context, looked)) {
    yield leftover(LEFT_REASONS[action.reason] ?? "staged", action);
  }
  for await (const blob of listTrash(context, context.store)) {
    const reason = TRASH_REASONS[blob.kind];
    if (reason !== undefined) yield leftover(reason, blob);
  }
}

const LEFT_REASONS: Partial<Readonly<Record<PlanReason, AuditReason>>> = {
  dead_run: "dead_run",
  trash_expired: "trash_expired",
};

const TRASH_REASONS: Partial<Readonly<Record<TrashedBlob["kind"], AuditReason>>> = {
  displaced: "displaced",
  unlisted: "unlisted",
};

const SENTENCES: Partial<Readonly<Record<AuditReason, string>>> = {
  staged: "was staged by a process that is gone",
  dead_run: "was taken by a collector that is gone",
  trash_expired: "was in the trash for long enough",
  displaced: "was to go back from the trash, and others had its name",
  unlisted: "is in the trash, and not on record there",
};

function leftover(
  reason: AuditReason,
  { uri, bytes }: { readonly uri: StorageUri; readonly bytes: number },
): AuditFinding {
  return auditFinding({ kind: "leftover", reason, message: `${quote(uri)} ${SENTENCES[reason]}`, uri, bytes });
}

/** Where nothing is taken out of its name, what was staged is what it was when it came. */
async function* findOldStaged({ store, clock }: AuditContext): AsyncGenerator<AuditFinding, void, undefined> {
  const since = clock.now() - LONG_MS;
  for await (const { staged, modifiedMs } of store.listStaged()) {
    const about = { uri: store.uriOf(stagedKey(staged.name)), bytes: staged.sizeBytes };
    if (modifiedMs < since) yield leftover("staged", about);
  }
}

/** Bytes that were put aside. */
export async function* findQuarantined({ store }: AuditContext): AsyncGenerator<AuditFinding, void, undefined> {
  for await (const page of store.listQuarantined()) {
    for (const blob of page) yield quarantined(blob, store.uriOf(blob.at));
  }
}

function quarantined({ evidence, stat }: QuarantinedBlob, at: StorageUri): AuditFinding {
  const message =
    evidence === null
      ? `${quote(at)} was put aside, and nothing says why`
      : `${quote(at)} was put aside on ${evidence.found_at}, as it is not what rows say of ${quote(evidence.uri)}`;
  return auditFinding({
    kind: "quarantined",
    reason: evidence?.reason ?? "no_evidence",
    message,
    uri: at,
    bytes: stat.sizeBytes,
    expectedBytes: evidence?.expected_bytes ?? null,
  });
}
