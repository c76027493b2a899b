import { randomFillSync } from "node:crypto";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { program } from "./measure.mjs";

const MEBIBYTE = 1024 * 1024;

/** A file of random bytes, and a manifest that names it. */
function makeFile(folder, mebibytes) {
  const path = join(folder, `random-${mebibytes}.bin`);
  const file = openSync(path, "w");
  const block = Buffer.alloc(MEBIBYTE);
  for (let written = 0; written < mebibytes; written++) writeSync(file, randomFillSync(block));
  closeSync(file);
  const manifest = join(folder, `random-${mebibytes}.jsonl`);
  const line = { artifact_id: "a", source_url: "https://example.org/a", resolver: "r", path, bytes: null };
  writeFileSync(manifest, `${JSON.stringify(line)}\n`);
  return { path, manifest };
}

function ours(name, folder, { manifest }, hasher) {
  return { name, command: program("hash-ours.mjs", folder, manifest, hasher), timing: "reported" };
}

/** The core's hasher against hash-wasm alone. */
export const hashWasm = {
  name: "hash-wasm",
  prepare({ folder, size = 512 }) {
    const file = makeFile(folder, size);
    return {
      title: `streaming SHA-256 of a file of ${size} MiB, "hasher: wasm"`,
      sides: [
        ours("content-catalog", folder, file, "wasm"),
        { name: "bare hash-wasm", command: program("hash-bare-wasm.mjs", file.path), timing: "reported" },
      ],
      comparisons: [{ ours: "content-catalog", peer: "bare hash-wasm", figure: "speed", goal: 0.95 }],
    };
  },
};

/** The Node host's hasher against openssl, and its memory for a small and a large file. */
export const hashNative = {
  name: "hash-native",
  prepare({ folder, size = 1024 }) {
    const file = makeFile(folder, size);
    const small = makeFile(folder, Math.ceil(size / 16));
    return {
      title: `streaming SHA-256 of a file of ${size} MiB, "hasher: native"; the row's commit is counted, starting Node is not`,
      sides: [
        ours("content-catalog", folder, file, "native"),
        { name: "openssl dgst", command: ["openssl", "dgst", "-sha256", file.path], timing: "wall" },
        ours("content-catalog, a 16th of the size", folder, small, "native"),
      ],
      comparisons: [
        { ours: "content-catalog", peer: "openssl dgst", figure: "speed", goal: 0.9 },
        { ours: "content-catalog", peer: "content-catalog, a 16th of the size", figure: "memory", goal: 1.1 },
      ],
    };
  },
};
