/*
 * Loaded before a program, it makes every sync of a file or folder do nothing: what a program without syncs would lose,
 * the tests must find.
 */
import fs from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

fs.fsync = (_, done) => process.nextTick(done, null);
syncBuiltinESMExports();

const handle = await open(process.execPath);
Object.getPrototypeOf(handle).sync = async () => {};
await handle.close();
