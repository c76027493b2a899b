import { casKey } from "../../../core/naming/layout.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { findBlob } from "../../placing/find-blob.ts";
import type { BadBlob } from "../bad-blob.ts";
import { parseWebUrl } from "../fetch/source-fetcher.ts";
import type { RepairContext } from "../repair-context.ts";
import { NEWEST_SOURCE, type SourcePosition, selectPlacesWithHash, selectSourcesOfHash } from "../repair-statements.ts";
import type { Candidate } from "./candidate.ts";
import { fetchCandidate } from "./fetch-candidate.ts";
import { stageCopy } from "./stage-copy.ts";

/** So many are read at a time. */
const PAGE = 100;

/** Places that may have the bytes of a blob, in the order in which they are tried. Those behind the first that works cost nothing. */
export async function* listCandidates(
  context: RepairContext,
  blob: BadBlob,
): AsyncGenerator<Candidate, void, undefined> {
  yield* listKept(context, blob);
  const seen = new Set<string>([blob.place.uri]);
  for await (const uri of listCopies(context, blob)) {
    const candidate = await copyCandidate(context, { blob, uri, seen });
    if (candidate !== undefined) yield candidate;
  }
  for await (const source of listSources(context, blob)) {
    if (parseWebUrl(source.url) !== undefined) yield fetchCandidate(context, blob, source);
    else if (source.resolver === "local" && /^file:/i.test(source.url)) {
      const candidate = await copyCandidate(context, { blob, uri: source.url as StorageUri, seen });
      if (candidate !== undefined) yield candidate;
    }
  }
}

async function* listKept(context: RepairContext, blob: BadBlob): AsyncGenerator<Candidate, void, undefined> {
  for (const { origin, at } of await context.kept.find(blob)) {
    const uri = context.store.uriOf(at);
    yield { origin, uri, bring: () => stageCopy(context, blob, { uri, key: at, path: undefined }) };
  }
}

/** A file that rows, or its name, say to have these bytes; each one only once, and never the blob itself. */
async function copyCandidate(
  context: RepairContext,
  { blob, uri, seen }: { readonly blob: BadBlob; readonly uri: StorageUri; readonly seen: Set<string> },
): Promise<Candidate | undefined> {
  const { uri: canonical, key, path } = await context.names.locate(uri);
  const isReadable = key !== undefined || path !== undefined;
  if (!isReadable || seen.has(canonical)) return undefined;
  seen.add(canonical);
  return { origin: "copy", uri: canonical, bring: () => stageCopy(context, blob, { uri: canonical, key, path }) };
}

async function* listCopies(
  { sql, store, settings, options }: RepairContext,
  { sha256 }: BadBlob,
): AsyncGenerator<StorageUri, void, undefined> {
  // Nobody may name it any more, or somebody else.
  const key = casKey(sha256, settings.casPrefix);
  if ((await findBlob({ store }, key)) !== undefined) yield store.uriOf(key);
  let after = "";
  for (let isFull = true; isFull; ) {
    const rows = await sql.query(selectPlacesWithHash(sha256, after, PAGE), { signal: options.signal });
    isFull = rows.length === PAGE;
    for (const [uri] of rows) {
      after = String(uri);
      yield after as StorageUri;
    }
  }
}

/** Where a document with the hash came from. */
export interface KnownSource {
  /** As it is on record. */
  readonly url: string;
  /** Without secrets. */
  readonly shown: string;
  /** Who found it. */
  readonly resolver: string;
  /** The newest of the documents. */
  readonly documentId: number;
}

async function* listSources(
  { sql, options }: RepairContext,
  { sha256 }: BadBlob,
): AsyncGenerator<KnownSource, void, undefined> {
  let position: SourcePosition = NEWEST_SOURCE;
  for (let isFull = true; isFull; ) {
    const rows = await sql.query(selectSourcesOfHash(sha256, position, PAGE), { signal: options.signal });
    isFull = rows.length === PAGE;
    for (const [url, resolver, , id] of rows) {
      yield { url: String(url), shown: cleanSecrets(String(url)), resolver: String(resolver), documentId: Number(id) };
    }
    for (const [, , createdAt, id] of rows.slice(-1)) position = [String(createdAt), Number(id)];
  }
}
