/*
 * What Bun has of its own against what its host uses of Node's API, in one process and in turn: the ratio of the best
 * times, which a busy machine changes least, and the median of the ratios of each round; above 1 where Bun's own is
 * faster. Run by hand: test/runtimes/node_modules/bun/bin/bun <this file>
 */
import { createHash, randomFillSync } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KIBIBYTE = 1024;
const SMALL = { name: "4 KiB", sizeBytes: 4 * KIBIBYTE, files: 500 };
const LARGE = { name: "64 MiB", sizeBytes: 64 * KIBIBYTE * KIBIBYTE, files: 1 };
const ROUNDS = 25;
const CHUNK_BYTES = 256 * KIBIBYTE;

const folder = await mkdtemp(join(tmpdir(), "content-catalog-bun-paths-"));

/** Ways to do the same: Node's as the host has it, and Bun's. */
const PAIRS = {
  "read whole": {
    node: async ({ path }) => (await readFile(path)).byteLength,
    bun: async ({ path }) => (await Bun.file(path).bytes()).byteLength,
  },
  "read in pieces": {
    node: async ({ path }) => {
      const handle = await open(path, "r");
      const target = new Uint8Array(CHUNK_BYTES);
      let total = 0;
      for (;;) {
        const { bytesRead } = await handle.read(target, 0, target.byteLength, total);
        if (bytesRead === 0) break;
        total += bytesRead;
      }
      await handle.close();
      return total;
    },
    bun: async ({ path }) => {
      let total = 0;
      for await (const chunk of Bun.file(path).stream()) total += chunk.byteLength;
      return total;
    },
  },
  "write and sync": {
    node: async ({ bytes, copy }) => {
      const handle = await open(copy, "w");
      const { bytesWritten } = await handle.write(bytes);
      await handle.sync();
      await handle.close();
      return bytesWritten;
    },
    // Bun syncs nothing itself.
    bun: async ({ bytes, copy }) => {
      const written = await Bun.write(copy, bytes);
      const handle = await open(copy, "r");
      await handle.sync();
      await handle.close();
      return written;
    },
  },
  "write without sync": {
    node: async ({ bytes, copy }) => {
      const handle = await open(copy, "w");
      const { bytesWritten } = await handle.write(bytes);
      await handle.close();
      return bytesWritten;
    },
    bun: ({ bytes, copy }) => Bun.write(copy, bytes),
  },
  SHA256: {
    node: ({ bytes }) => hashChunks(createHash("sha256"), bytes),
    bun: ({ bytes }) => hashChunks(new Bun.CryptoHasher("sha256"), bytes),
  },
};

function hashChunks(hash, bytes) {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) hash.update(bytes.subarray(at, at + CHUNK_BYTES));
  return hash.digest("hex");
}

async function timeOf(work, files) {
  const startedMs = performance.now();
  let last;
  for (const file of files) last = await work(file);
  return { milliseconds: performance.now() - startedMs, last };
}

async function ratiosOf({ node, bun }, files) {
  const ratios = [];
  const best = { node: Number.POSITIVE_INFINITY, bun: Number.POSITIVE_INFINITY };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const order = round % 2 === 0 ? [node, bun] : [bun, node];
    const times = [];
    for (const work of order) times.push(await timeOf(work, files));
    if (times[0].last !== times[1].last) throw new Error("The two ways differ");
    const [ofNode, ofBun] = round % 2 === 0 ? times : times.reverse();
    if (round === 0) continue;
    ratios.push(ofNode.milliseconds / ofBun.milliseconds);
    best.node = Math.min(best.node, ofNode.milliseconds);
    best.bun = Math.min(best.bun, ofBun.milliseconds);
  }
  ratios.sort((one, other) => one - other);
  return { best: best.node / best.bun, median: ratios[ROUNDS >> 1] };
}

try {
  for (const { name, sizeBytes, files: count } of [SMALL, LARGE]) {
    const bytes = randomFillSync(new Uint8Array(sizeBytes));
    const files = [];
    for (let index = 0; index < count; index += 1) {
      const path = join(folder, `${sizeBytes}-${index}`);
      await Bun.write(path, bytes);
      files.push({ path, bytes, copy: `${path}-copy` });
    }
    for (const [what, pair] of Object.entries(PAIRS)) {
      const { best, median } = await ratiosOf(pair, files);
      console.log(`${name.padEnd(8)}${what.padEnd(22)}best ${best.toFixed(2)}, median ${median.toFixed(2)}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
