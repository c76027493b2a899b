// Loaded into a program with --import: writes the most memory that it had resident, in KiB, to the file PEAK_FILE.
import { readFileSync, writeFileSync } from "node:fs";

/** Linux counts into `resourceUsage().maxRSS` what the parent had when it made the process; this is the program's own. */
function findHighWaterMark() {
  try {
    return /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return undefined; // no such file outside Linux
  }
}

process.on("exit", () => {
  writeFileSync(process.env.PEAK_FILE ?? "", findHighWaterMark() ?? String(process.resourceUsage().maxRSS));
});
