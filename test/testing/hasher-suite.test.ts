import { createHash, type Hash } from "node:crypto";
import { expect, it } from "vitest";
import { createNativeHasher } from "../../src/adapters/hash/native.ts";
import { parseSha256, type Sha256 } from "../../src/core/sha256.ts";
import type { Hasher, HashStream } from "../../src/ports/hasher.ts";
import { testHasher } from "../../src/testing/hasher-suite.ts";
import { findFailures } from "./_collect-cases.ts";

interface Broken {
  readonly create?: () => HashStream;
  readonly name?: string;
}

function createStream(hash: Hash, keep: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): HashStream {
  return {
    update: (bytes) => void hash.update(keep(bytes)),
    digest: () => parseSha256(hash.digest("hex")),
  };
}

/** Keeps the chunks themselves until the end. */
function createLazyStream(): HashStream {
  const chunks: Uint8Array[] = [];
  let spent = false;
  const check = (): void => {
    if (spent) throw new TypeError("spent");
  };
  return {
    update: (bytes) => {
      check();
      chunks.push(bytes);
    },
    digest: () => {
      check();
      spent = true;
      return chunks.reduce((hash, chunk) => hash.update(chunk), createHash("sha256")).digest("hex") as Sha256;
    },
  };
}

const shared: { hash: Hash } = { hash: createHash("sha256") };

const broken: readonly (readonly [string, Broken, string])[] = [
  ["has no name", { name: "" }, "has a name"],
  ["is another algorithm", { create: () => createStream(createHash("sha512-256")) }, 'hashes "abc"'],
  [
    "cuts large chunks",
    { create: () => createStream(createHash("sha256"), (bytes) => bytes.subarray(0, 65_536)) },
    'hashes 1000000 times "a"',
  ],
  [
    "fails for no bytes",
    {
      create: () =>
        createStream(createHash("sha256"), (bytes) => {
          if (bytes.byteLength === 0) throw new RangeError("no bytes");
          return bytes;
        }),
    },
    "takes chunks of no bytes anywhere",
  ],
  ["reads the buffer later", { create: createLazyStream }, "lets the caller use the chunk's buffer again"],
  [
    "has one state for all streams",
    {
      create: () => ({
        update: (bytes) => void shared.hash.update(bytes),
        digest: () => {
          const digest = parseSha256(shared.hash.digest("hex"));
          shared.hash = createHash("sha256");
          return digest;
        },
      }),
    },
    "makes any number of streams at once",
  ],
  [
    "goes on after its digest",
    {
      create: () => {
        const hash = createHash("sha256");
        return { ...createStream(hash), digest: () => parseSha256(hash.copy().digest("hex")) };
      },
    },
    "refuses a stream that is spent, and no other stream suffers",
  ],
];

it("finds nothing wrong with a good hasher", async () => {
  expect(await findFailures((runner) => testHasher(runner, "good", createNativeHasher))).toEqual([]);
});

it.each(broken)("finds a hasher that %s", async (_title, parts, expected) => {
  const create = (): Hasher => ({ ...createNativeHasher(), ...parts });
  expect(await findFailures((runner) => testHasher(runner, "broken", create))).toContain(expected);
});
