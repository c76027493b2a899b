import type { FileHandle, FileSystem } from "../../../src/ports/file-system.ts";

/** Files with a step before each call that changes or looks at something. */
export function stepped(files: FileSystem, step: (label: string) => Promise<void>): FileSystem {
  return new Proxy(files, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== "function") return own;
      if (name === "list") {
        return async function* (path: string) {
          await step(`list ${path}`);
          yield* target.list(path);
        };
      }
      return async (...words: readonly unknown[]) => {
        await step(`${String(name)} ${words.filter((word) => typeof word === "string").join(" ")}`);
        const result: unknown = await Reflect.apply(own, target, words);
        return name === "open" ? steppedHandle(result as FileHandle, String(words[0]), step) : result;
      };
    },
  });
}

function steppedHandle(handle: FileHandle, path: string, step: (label: string) => Promise<void>): FileHandle {
  return new Proxy(handle, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== "function") return own;
      // What happens in an open file nobody else sees who does not read that very file.
      if (name === "close" || name === "sync") return own.bind(target);
      return async (...words: readonly unknown[]) => {
        await step(`${String(name)} ${path}`);
        return Reflect.apply(own, target, words);
      };
    },
  });
}

/** The files below a folder, in the order of their names; those of which `isLeft` says so are left out. */
export async function filesBelow(
  fs: FileSystem,
  folder: string,
  isLeft: (path: string) => boolean = () => false,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of fs.list(folder)) {
    for (const { name, kind } of page) {
      const path = `${folder}/${name}`;
      if (isLeft(path)) continue;
      if (kind === "directory") found.push(...(await filesBelow(fs, path, isLeft)));
      else found.push(path);
    }
  }
  return found.sort();
}
