import { COVERAGE_PATH } from "./coverage-path.ts";

/*
 * Runs in pages and workers that have counters, in front of all else: tells the server what they came to. A worker may
 * be ended right after its last message, so that it tells before each; to know that a counter left zero is enough.
 */

/** What Istanbul counts of a file: statements, functions, and the ways at branches. */
interface FileCounts {
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

declare global {
  var __coverage__: Readonly<Record<string, FileCounts>> | undefined;
  /** Tells the server now. */
  var tellCoverage: (() => void) | undefined;
}

let told = -1;

function tell(): void {
  const counts = Object.entries(globalThis.__coverage__ ?? {}).map(
    ([name, { s, f, b }]) => [name, { s, f, b }] as const,
  );
  const seen = counts.reduce((sum, [, each]) => sum + countSeen(each), 0);
  if (seen === told) return;
  const request = new XMLHttpRequest();
  // Not in the background: nobody waits for a worker that is ended.
  request.open("POST", COVERAGE_PATH, false);
  try {
    request.send(JSON.stringify(Object.fromEntries(counts)));
    told = seen;
  } catch {
    // It is being ended this moment.
  }
}

function countSeen({ s, f, b }: FileCounts): number {
  const counters = [...Object.values(s), ...Object.values(f), ...Object.values(b).flat()];
  return counters.filter((count) => count > 0).length;
}

if (globalThis.tellCoverage === undefined) {
  globalThis.tellCoverage = tell;
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (this: MessagePort, ...values: [unknown]) {
    tell();
    postMessage.apply(this, values);
  };
  setInterval(tell, 50);
}
