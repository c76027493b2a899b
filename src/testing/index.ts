/**
 * Contract suites for whoever writes an adapter, with the runner injected, and a file system that fails as planned.
 * @module
 */

export { testBlobStore } from "./blob-store/blob-store-suite.ts";
export type { BlobStorePlace } from "./blob-store/place.ts";
export type { FaultPlan, FileCall, FileOperation } from "./fault-plan.ts";
export { createFaultyFileSystem, type FaultyFileSystem } from "./faulty-file-system.ts";
export type { FileSystemPlace } from "./file-system/place.ts";
export { testFileSystem } from "./file-system-suite.ts";
export { testHasher } from "./hasher-suite.ts";
export type { SqlEnginePlace } from "./sql-engine/place.ts";
export { testSqlEngine } from "./sql-engine-suite.ts";
export type { SuiteRunner } from "./suite-runner.ts";
