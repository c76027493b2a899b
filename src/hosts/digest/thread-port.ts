import type { RemotePort } from "../../adapters/remote/channel.ts";

/** An end between two threads as `node:worker_threads` has it: a worker for who started it, `parentPort` for itself. */
export interface ThreadEnd {
  /** Sends a structured clone to the other thread. */
  postMessage(message: unknown): void;
  /** Calls the listener for each message of the other thread. */
  on(event: "message", listener: (message: unknown) => void): unknown;
}

/** The end of a thread as a port. Nothing is handed over, and the thread ends with its worker, not with the port. */
export function portOf(end: ThreadEnd): RemotePort {
  return {
    postMessage: (message) => end.postMessage(message),
    addEventListener: (_type, listener) => {
      end.on("message", (data) => listener({ data }));
    },
    start: () => {},
    close: () => {},
  };
}
