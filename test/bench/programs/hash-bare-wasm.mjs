/* Peer: hash-wasm and nothing else, over the same file in chunks of the same size. */
import { open } from "node:fs/promises";
import { createSHA256 } from "hash-wasm";
import { reportTime } from "./report.mjs";

const CHUNK_BYTES = 1024 * 1024;

const handle = await open(process.argv[2] ?? "");
await reportTime(async () => {
  const hash = await createSHA256();
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES);
    if (bytesRead === 0) break;
    hash.update(chunk.subarray(0, bytesRead));
  }
  hash.digest("hex");
});
await handle.close();
