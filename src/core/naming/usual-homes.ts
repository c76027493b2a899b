/** Folders in which each folder is somebody's home. */
export const FOLDERS_OF_HOMES: readonly string[] = ["/home", "/Users"];

/** Where homes usually are: a home, or a folder of homes. */
export const USUAL_HOMES: readonly string[] = ["/root", ...FOLDERS_OF_HOMES];
