const SIZE_UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A size in a table: in bytes if `verbose`, else in the unit that fits; "-" where nobody knows it. */
export function formatSizeCell(sizeBytes: number | null, verbose: boolean): string {
  if (sizeBytes === null) return "-";
  return verbose ? String(sizeBytes) : formatSize(sizeBytes);
}

/** A size in bytes with an IEC unit, like `1.5 MiB`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} B`;
  let value = sizeBytes;
  let shown = "";
  for (const unit of SIZE_UNITS) {
    value /= 1024;
    shown = `${value.toFixed(1)} ${unit}`;
    // 1023.96 would come out as "1024.0".
    if (Number(value.toFixed(1)) < 1024) break;
  }
  return shown;
}

/** A size with its exact number of bytes, where they differ. */
export function formatExactSize(sizeBytes: number): string {
  return sizeBytes < 1024 ? formatSize(sizeBytes) : `${formatSize(sizeBytes)} (${sizeBytes} bytes)`;
}

/** A UTC timestamp for people: `2025-01-31 12:00:00Z`. */
export function formatTime(timestamp: string): string {
  return timestamp.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

/** A hash for people: its first 12 characters, or all of them. */
export function formatHash(sha256: string | null, verbose: boolean): string {
  if (sha256 === null) return "-";
  return verbose ? sha256 : sha256.slice(0, 12);
}

/** A number with commas between thousands, like `9,998`. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number with its noun: `1 document`, `2 documents`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A longer rest of time, of about 115 days, only says that nobody knows it. */
const LONGEST_REST_SECONDS = 1e7;

/** A rest of time for people, like `2m05s`; `?` when nobody knows. */
export function formatDuration(seconds: number): string {
  if (!(seconds <= LONGEST_REST_SECONDS)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}
