/**
 * For how long a server wants to be left alone, in milliseconds, as a `retry-after` header says (RFC 9110, section
 * 10.2.3): in seconds, or until a time. `undefined` where it says nothing that can be understood.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // A date begins with the day of the week; much else is a date to `Date.parse`.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const untilMs = Date.parse(text);
  return Number.isNaN(untilMs) ? undefined : Math.max(untilMs - nowMs, 0);
}
