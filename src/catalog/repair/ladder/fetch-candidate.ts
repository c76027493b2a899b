import type { Sha256 } from "../../../core/sha256.ts";
import { formatTimestamp } from "../../../core/timestamp.ts";
import { dropQuietly, type StagedContent, stageContent } from "../../placing/stage-content.ts";
import type { BadBlob } from "../bad-blob.ts";
import type { RepairContext } from "../repair-context.ts";
import { type Brought, type Candidate, notBrought } from "./candidate.ts";
import { keepDrifted } from "./keep-drifted.ts";
import type { KnownSource } from "./list-candidates.ts";
import { modeOf, stagingFor } from "./stage-copy.ts";

/** A source that is asked over the network. */
export function fetchCandidate(context: RepairContext, blob: BadBlob, source: KnownSource): Candidate {
  return { origin: "source", uri: source.shown, bring: () => bringFetched(context, blob, source) };
}

async function bringFetched(context: RepairContext, blob: BadBlob, source: KnownSource): Promise<Brought> {
  const { fetcher, options } = context;
  const { maxBytes = Number.POSITIVE_INFINITY, allowPrivate = false, signal } = options;
  const bytes = blob.bytes ?? maxBytes;
  if (bytes > maxBytes) return notBrought("refused", `it has ${bytes} bytes, and no more than ${maxBytes} are allowed`);
  if (bytes === Number.POSITIVE_INFINITY) {
    return notBrought("refused", "its size is not on record, so that a limit has to be given");
  }
  // Whoever could not read the blob gets no more rights by its repair.
  const mode = await modeOf(context, blob.place.uri);
  const request = { bytes, exact: blob.bytes !== null, allowPrivate, signal };
  const fetched = await fetcher.fetch(source.url, request, (chunks) =>
    stageContent(stagingFor(context, blob), chunks, { name: source.shown, mode }),
  );
  if (fetched.kind !== "read") return notBrought(fetched.kind, fetched.message);
  const content = fetched.value;
  if (content.sha256 === blob.sha256) return { content };
  return noteDrift(context, { blob, source, content });
}

/** Other bytes are written down, and kept if that is wanted. */
async function noteDrift(
  context: RepairContext,
  { blob, source, content }: { readonly blob: BadBlob; readonly source: KnownSource; readonly content: StagedContent },
): Promise<Brought> {
  const { bytes } = content;
  // It is staged to be hashed, whatever the settings say.
  const sha256 = content.sha256 as Sha256;
  try {
    const seenAt = formatTimestamp(context.clock.now());
    const drift = { sourceUrl: source.url, expectedSha256: blob.sha256, actualSha256: sha256, actualBytes: bytes };
    await context.ledger.noteDrift({ ...drift, seenAt });
    const variant = context.options.keepDrifted === true ? await keepDrifted(context, { blob, source, content }) : null;
    return { result: "other_bytes", message: null, drift: { sha256, bytes, variant } };
  } finally {
    await dropQuietly(context, () => content.staging.drop());
  }
}
