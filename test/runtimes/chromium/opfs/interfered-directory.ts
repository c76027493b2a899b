import type { OpfsAccess, OpfsDirectory, OpfsFile } from "../../../../src/adapters/fs/opfs/vendor.ts";

/** What comes between the file system and the browser. */
export interface Interference {
  /** Before a name is made, taken or changed: may throw, or never resolve. */
  beforeChange?(change: "create" | "remove" | "move", name: string): Promise<void>;
  /** Before bytes are written or cut off: may throw. Gives how many of them are written. */
  beforeWrite?(sizeBytes: number, name: string): number;
}

/** A folder of the browser and all below it, which asks first. */
export function interferedDirectory(directory: OpfsDirectory, interference: Interference): OpfsDirectory {
  return new InterferedDirectory(directory, interference);
}

class InterferedDirectory implements OpfsDirectory {
  readonly #directory: OpfsDirectory;
  readonly #interference: Interference;

  constructor(directory: OpfsDirectory, interference: Interference) {
    this.#directory = directory;
    this.#interference = interference;
  }

  async getDirectoryHandle(name: string, options: { readonly create?: boolean } = {}): Promise<OpfsDirectory> {
    if (options.create === true) await this.#interference.beforeChange?.("create", name);
    return new InterferedDirectory(await this.#directory.getDirectoryHandle(name, options), this.#interference);
  }

  async getFileHandle(name: string, options: { readonly create?: boolean } = {}): Promise<OpfsFile> {
    if (options.create === true) await this.#interference.beforeChange?.("create", name);
    const file = await this.#directory.getFileHandle(name, options);
    return {
      getFile: () => file.getFile(),
      createSyncAccessHandle: async () =>
        interferedAccess(await file.createSyncAccessHandle(), name, this.#interference),
      move: async (directory, newName) => {
        await this.#interference.beforeChange?.("move", name);
        await file.move(directory instanceof InterferedDirectory ? directory.#directory : directory, newName);
      },
    };
  }

  async removeEntry(name: string, options?: { readonly recursive?: boolean }): Promise<void> {
    await this.#interference.beforeChange?.("remove", name);
    await this.#directory.removeEntry(name, options);
  }

  entries(): ReturnType<OpfsDirectory["entries"]> {
    return this.#directory.entries();
  }
}

function interferedAccess(access: OpfsAccess, name: string, { beforeWrite }: Interference): OpfsAccess {
  return {
    read: (target, options) => access.read(target, options),
    write: (bytes, options) => {
      const sizeBytes = beforeWrite?.(bytes.byteLength, name) ?? bytes.byteLength;
      return access.write(bytes.subarray(0, sizeBytes), options);
    },
    getSize: () => access.getSize(),
    truncate: (sizeBytes) => {
      beforeWrite?.(0, name);
      access.truncate(sizeBytes);
    },
    flush: () => access.flush(),
    close: () => access.close(),
  };
}
