import { join } from "node:path";
import { program } from "./measure.mjs";
import { CONCURRENCY } from "./programs/place-files.mjs";

/** Of a thousand files, the larger stream has a hundred MiB and the smaller one a sixteenth of that. */
const STREAM_MEBIBYTES_PER_FILE = 0.1024;
const SMALLER = 16;

/**
 * Storing files by their hash, synced, against cacache, which syncs nothing; and memory for a small and a large one,
 * which differs by what lies around before the garbage collector runs.
 */
export const place = {
  name: "place",
  peers: ["cacache"],
  prepare({ folder, size = 10_000 }) {
    const mebibytes = Math.max(SMALLER, Math.round(size * STREAM_MEBIBYTES_PER_FILE));
    const side = (name, script, ...args) => {
      const fresh = join(folder, script);
      return { name, command: program(script, join(fresh, "root"), ...args), timing: "reported", fresh };
    };
    const ours = (name, ...args) => side(name, "place-ours.mjs", ...args);
    const peer = (name, ...args) => side(name, "place-cacache.mjs", ...args);
    return {
      title: `placing ${size} files of 100 kB in the mean, ${CONCURRENCY} at once`,
      sides: [
        ours("ingest, synced", size, "new"),
        peer("cacache.put, not synced", size, "new"),
        ours("ingest, registered and synced", size, "registered"),
        ours("ingest of bytes that are there", size, "again"),
        peer("cacache.put of bytes that are there", size, "again"),
        ours(`a stream of ${mebibytes} MiB`, mebibytes, "stream"),
        ours(`a stream of a ${SMALLER}th of it`, mebibytes / SMALLER, "stream"),
      ],
      comparisons: [
        { ours: "ingest, synced", peer: "cacache.put, not synced", figure: "time", goal: 0.5 },
        {
          ours: "ingest of bytes that are there",
          peer: "cacache.put of bytes that are there",
          figure: "time",
          goal: 1,
        },
        { ours: "ingest, registered and synced", peer: "cacache.put, not synced", figure: "time", goal: 0.6 },
        {
          ours: `a stream of ${mebibytes} MiB`,
          peer: `a stream of a ${SMALLER}th of it`,
          figure: "memory",
          goal: 1.2,
        },
      ],
    };
  },
};
