import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import type { DigestFiles } from "../../adapters/digest/digest-files.ts";
import { asFileStat } from "../../adapters/fs/node-file-stat.ts";

/* Windows has neither of the two; there they are undefined, which `|` takes for 0. */
const FOLLOWING = constants.O_RDONLY | constants.O_NONBLOCK;
const NOT_FOLLOWING = FOLLOWING | constants.O_NOFOLLOW;
const STAT = { bigint: true, throwIfNoEntry: false } as const;

/** The files of the machine, through the calls of `node:fs` that answer at once. */
export const nodeFiles: DigestFiles = {
  open(path, followSymlinks) {
    const descriptor = openSync(path, followSymlinks ? FOLLOWING : NOT_FOLLOWING);
    return {
      stat: () => asFileStat(fstatSync(descriptor, { bigint: true })),
      read: (target, position) => readSync(descriptor, target, 0, target.byteLength, position),
      close: () => closeSync(descriptor),
    };
  },
  look(path, followSymlinks) {
    const stat = followSymlinks ? statSync(path, STAT) : lstatSync(path, STAT);
    return stat && asFileStat(stat);
  },
};
