import { collectCases, runCases } from "./run-cases.ts";
import { testInWorker } from "./worker-suites.ts";

/* The script of a worker: runs the suites and says what came of them. */
runCases(collectCases(testInWorker)).then((results) => postMessage(results));
