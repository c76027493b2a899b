import { kill } from "node:process";
import { hasCode } from "../../core/messages/file-error.ts";
import type { ProcessTable } from "../../ports/process.ts";
import { createProcessTable } from "./_process-table.ts";
import { createSocketLifeSigns } from "./node-life-signs.ts";

/** What this adapter uses of Deno, so that nobody needs Deno's types to compile it. */
interface DenoSystem {
  readonly pid: number;
  readonly build: { readonly os: string };
  hostname(): string;
  readTextFileSync(path: string): string;
  readLinkSync(path: string): string;
  lstatSync(path: string): unknown;
  readonly errors: { readonly NotFound: new () => Error };
  readonly permissions: { querySync(descriptor: DenoPermission): { readonly state: string } };
}

type DenoPermission =
  | { readonly name: "sys"; readonly kind: "hostname" }
  | { readonly name: "read"; readonly path: string }
  | { readonly name: "net" }
  | { readonly name: "run" };

declare const Deno: DenoSystem;

/**
 * The processes of this machine, through Deno. The host is known with `--allow-sys=hostname`, the boot and the starting
 * times with `--allow-all`, and only `--allow-run` tells whether another process lives; what is not permitted is
 * unknown, and never asked for at a terminal.
 */
export function createDenoProcessTable(): ProcessTable {
  const readable = <Value>(path: string, read: (path: string) => Value): Value | null =>
    ifPermitted({ name: "read", path }, () => read(path));
  return createProcessTable({
    host: ifPermitted({ name: "sys", kind: "hostname" }, () => Deno.hostname()),
    pid: Deno.pid,
    isMainThread: !("WorkerGlobalScope" in globalThis),
    hasProc: Deno.build.os === "linux",
    lifeSigns: isGranted({ name: "net" }) ? createSocketLifeSigns() : undefined,
    procPath: "/proc",
    readText: (path) => readable(path, (file) => Deno.readTextFileSync(file).trim()),
    readLink: (path) => readable(path, (link) => Deno.readLinkSync(link)),
    isMissing: (path) => readable(path, isMissing) === true,
    hasProcess,
  });
}

function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** `null` where it is not permitted or cannot be had. */
function ifPermitted<Value>(permission: DenoPermission, find: () => Value): Value | null {
  try {
    return isGranted(permission) ? find() : null;
  } catch {
    return null;
  }
}

function isGranted(permission: DenoPermission): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function hasProcess(pid: number): boolean | undefined {
  if (pid === Deno.pid) return true;
  if (!isGranted({ name: "run" })) return undefined;
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}
