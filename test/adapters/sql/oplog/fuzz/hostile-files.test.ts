import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../../../src/adapters/hash/native.ts";
import { fromHex } from "../../../../../src/adapters/sql/oplog/log/bytes.ts";
import { createDigest, type Digest } from "../../../../../src/adapters/sql/oplog/log/chain.ts";
import { encodeFrame, type FrameKind } from "../../../../../src/adapters/sql/oplog/log/frame.ts";
import {
  encodeHeader,
  HEADER_BYTES,
  type LogHeader,
  parseHeader,
} from "../../../../../src/adapters/sql/oplog/log/log-header.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { FileSystem } from "../../../../../src/ports/file-system.ts";
import { type Chooser, createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../../../../sampling.ts";
import { insert, listNames, names, openEngine, sqljs, writeFile } from "../_engine-world.ts";

/*
 * Files whose hashes are right, as somebody made them who knows the format and wishes no good.
 */

const RUNS = roundsOf("FUZZ_RUNS", 300);
const PATH = "/catalog.sqlite";
const LOG = `${PATH}.oplog`;
const NAMED = ["CORRUPT", "DIVERGED", "UNSUPPORTED", "SCHEMA_TOO_NEW", "BACKEND", "NOT_COMMITTED"];
const digest: Digest = createDigest(createNativeHasher());

interface Pair {
  readonly snapshot: Uint8Array;
  readonly log: Uint8Array;
}

async function createPair(): Promise<Pair> {
  const fs = createMemoryFileSystem();
  const engine = await openEngine({ fs, path: PATH, checkpointOnClose: "never" });
  await engine.batch([insert("a")]);
  await engine.close();
  return { snapshot: await fs.readFile(PATH), log: await fs.readFile(LOG) };
}

async function createFiles({ snapshot, log }: Pair): Promise<FileSystem> {
  const fs = createMemoryFileSystem();
  await writeFile(fs, PATH, snapshot);
  if (log.byteLength > 0) await writeFile(fs, LOG, log);
  return fs;
}

/** The code with which opening, writing and closing fails; "ok" when it does not. */
async function use(fs: FileSystem): Promise<string> {
  try {
    const reader = await openEngine({ fs, path: PATH, mode: "read" });
    await names(reader).finally(() => reader.close());
    const writer = await openEngine({ fs, path: PATH });
    await writer.batch([insert("new")]).finally(() => writer.close());
    return "ok";
  } catch (error) {
    expect(isCatalogError(error), String(error)).toBe(true);
    return isCatalogError(error) ? error.code : "";
  }
}

/** Bytes that stand for hostile payloads: varints of all sizes, and noise. */
function choosePayload(chooser: Chooser): Uint8Array {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  const pieces = Array.from({ length: chooser.choose(12) }, () => {
    const kind = chooser.choose(4);
    if (kind === 0) return huge;
    return kind === 1 ? [chooser.choose(256)] : [chooser.choose(4)];
  });
  return Uint8Array.from(pieces.flat());
}

/** A log that goes on with `kinds`, each with a payload of its own. */
async function goOnWith(log: Uint8Array, chooser: Chooser): Promise<Uint8Array> {
  const header = await parseHeader(digest, log);
  if (header === undefined || header === "newer") throw new TypeError("Cannot go on: the log has no header");
  let bytes = log.slice(0, HEADER_BYTES);
  let { chain, baseSequence: sequence } = header;
  for (let more = 1 + chooser.choose(3); more > 0; more--) {
    const kind: FrameKind = (["batch", "seal", "migration"] as const)[chooser.choose(3)] ?? "batch";
    if (kind !== "seal") sequence += 1;
    const frame = await encodeFrame(
      digest,
      { kind, start: bytes.byteLength, sequence, payload: choosePayload(chooser) },
      chain,
    );
    chain = Array.from(frame.subarray(-32), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const longer = new Uint8Array(bytes.byteLength + frame.byteLength);
    longer.set(bytes);
    longer.set(frame, bytes.byteLength);
    bytes = longer;
  }
  return bytes;
}

describe("a hostile file", () => {
  it("with frames that are valid and make no sense is refused by name", async () => {
    const pair = await createPair();
    const codes = new Set<string>();
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const log = await goOnWith(pair.log, createRandomChooser(seed));
      const fs = await createFiles({ ...pair, log });
      const code = await use(fs);
      expect([...NAMED, "ok"], `seed ${seed}`).toContain(code);
      codes.add(code);
      const strange = (await listNames(fs, "/")).filter((name) => !name.startsWith("catalog.sqlite"));
      expect(strange, `seed ${seed}`).toEqual([]);
    }
    expect(codes).toContain("CORRUPT");
  });

  it.each([
    ["a base far behind all numbers", { baseSequence: Number.MAX_SAFE_INTEGER }, "DIVERGED"],
    ["another catalog", { catalogId: "f".repeat(32) }, "DIVERGED"],
    ["another history", { baseChain: "f".repeat(64) }, "DIVERGED"],
    ["another snapshot", { fingerprint: "f".repeat(64) }, "DIVERGED"],
    ["another nonce", { nonce: "f".repeat(32) }, "ok"],
  ] as const)(
    "whose header has %s is refused by name, or taken for a log",
    async (_title, change: Partial<LogHeader>, expected) => {
      const pair = await createPair();
      const header = await parseHeader(digest, pair.log);
      if (header === undefined || header === "newer") throw new TypeError("Cannot change the header: there is none");
      const log = await encodeHeader(digest, { ...header, ...change });
      expect(await use(await createFiles({ ...pair, log }))).toBe(expected);
    },
  );

  it.each(["", "-1", "1e300", "NaN", "9007199254740993", "0x10", "1.5"])(
    "whose snapshot has %j for its sequence is refused by name, or taken for new",
    async (sequence) => {
      const { snapshot } = await createPair();
      const db = new sqljs.Database(snapshot);
      db.run("UPDATE meta SET value = ? WHERE key = 'log_sequence'", [sequence]);
      const fs = await createFiles({ snapshot: db.export(), log: new Uint8Array(0) });
      db.close();
      expect([...NAMED, "ok"]).toContain(await use(fs));
    },
  );

  it("full of beginnings of frames costs no more than it is long", async () => {
    const pair = await createPair();
    const header = await parseHeader(digest, pair.log);
    if (header === undefined || header === "newer") throw new TypeError("Cannot go on: the log has no header");
    const log = new Uint8Array(4 << 20);
    log.set(pair.log.subarray(0, HEADER_BYTES));
    const view = new DataView(log.buffer);
    for (let at = HEADER_BYTES; at + 64 <= log.byteLength; at += 32) {
      log.set(fromHex("43434631"), at);
      view.setUint32(at + 4, 1, true);
      view.setBigUint64(at + 8, BigInt(at), true);
      view.setBigUint64(at + 16, BigInt(header.baseSequence + 1), true);
      view.setUint32(at + 24, log.byteLength - at - 64, true);
    }
    const hasher = createNativeHasher();
    let hashedBytes = 0;
    const counting = {
      ...hasher,
      create: async () => {
        const stream = await hasher.create();
        return {
          update: (bytes: Uint8Array) => {
            hashedBytes += bytes.byteLength;
            return stream.update(bytes);
          },
          digest: () => stream.digest(),
        };
      },
    };
    const fs = await createFiles({ ...pair, log });
    await expect(openEngine({ fs, path: PATH, mode: "read", hasher: counting })).rejects.toMatchObject({
      code: "CORRUPT",
    });
    expect(hashedBytes).toBeLessThan(10 * log.byteLength);
  });
});
