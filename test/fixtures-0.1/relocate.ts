import { createNativeHasher } from "../../src/adapters/hash/native.ts";
import { decodeBatch, encodeBatch } from "../../src/adapters/sql/oplog/log/batch-payload.ts";
import { createDigest } from "../../src/adapters/sql/oplog/log/chain.ts";
import { encodeFrame, findFrame } from "../../src/adapters/sql/oplog/log/frame.ts";
import { encodeHeader, HEADER_BYTES, parseHeader } from "../../src/adapters/sql/oplog/log/log-header.ts";
import { fingerprintOf } from "../../src/adapters/sql/oplog/protocol/fingerprint.ts";
import type { SqlValue } from "../../src/ports/sql.ts";
import { sqljs } from "../adapters/sql/oplog/_engine-world.ts";

const digest = createDigest(createNativeHasher());
const TEXTS = [
  ["documents", "source_url", "storage_uri"],
  ["variants", "storage_uri"],
  ["removals", "uri", "record"],
] as const;

/** A text of a fixture whose `/library` is `folder`; its name needs no percent-encoding. */
export function relocateText(text: string, folder: string): string {
  return text.replaceAll("/library/", `${folder}/`);
}

/** The catalog file and its log, if it has one, likewise. */
export async function relocateCatalog(
  { snapshot, log }: { readonly snapshot: Uint8Array; readonly log: Uint8Array | undefined },
  folder: string,
): Promise<{ readonly snapshot: Uint8Array; readonly log: Uint8Array | undefined }> {
  const moved = relocateSnapshot(snapshot, folder);
  if (log === undefined) return { snapshot: moved, log };
  return { snapshot: moved, log: await relocateLog(log, folder, await fingerprintOf(digest, moved)) };
}

function relocateSnapshot(bytes: Uint8Array, folder: string): Uint8Array {
  const db = new sqljs.Database(bytes);
  try {
    for (const [table, ...columns] of TEXTS) {
      for (const column of columns) {
        db.run(`UPDATE ${table} SET ${column} = replace(${column}, '/library/', ?)`, [`${folder}/`]);
      }
    }
    return db.export();
  } finally {
    db.close();
  }
}

/** Each batch with other parameters, in a log of the same batches that starts from the snapshot with `fingerprint`. */
async function relocateLog(bytes: Uint8Array, folder: string, fingerprint: string): Promise<Uint8Array> {
  const header = await parseHeader(digest, bytes);
  if (header === undefined || header === "newer") throw new Error("Cannot relocate the log: it has no header");
  const pieces = [await encodeHeader(digest, { ...header, fingerprint })];
  const moved = await parseHeader(digest, pieces[0] ?? new Uint8Array());
  if (moved === undefined || moved === "newer") throw new Error("Cannot relocate the log: its header was not written");
  let from = { start: HEADER_BYTES, chain: header.chain, sequence: header.baseSequence };
  let to = { start: HEADER_BYTES, chain: moved.chain };
  for (;;) {
    const rest = { start: from.start, bytes: bytes.subarray(from.start) };
    const frame = await findFrame(digest, rest, { ...from, sealed: false, effort: { leftBytes: bytes.byteLength } });
    if (frame === undefined) break;
    const { kind, sequence } = frame;
    if (kind !== "batch") throw new Error(`Cannot relocate the log: it has a ${kind}`);
    const payload = relocateBatch(frame.payload, folder);
    const piece = await encodeFrame(digest, { kind, start: to.start, sequence, payload }, to.chain);
    pieces.push(piece);
    from = { start: frame.end, chain: frame.chain, sequence };
    to = { start: to.start + piece.byteLength, chain: Buffer.from(piece.subarray(-32)).toString("hex") };
  }
  if (from.start !== bytes.byteLength) throw new Error("Cannot relocate the log: it has more than its batches");
  return Buffer.concat(pieces);
}

function relocateBatch(payload: Uint8Array, folder: string): Uint8Array {
  const { schemaVersion, statements } = decodeBatch(payload);
  const move = (value: SqlValue): SqlValue => (typeof value === "string" ? relocateText(value, folder) : value);
  return encodeBatch({
    schemaVersion,
    statements: statements.map(({ sql, parameters }) => ({ sql, parameters: parameters?.map(move) ?? [] })),
  });
}
