/** Makes the modules that hold code of packages, which git ignores, as the installed packages have it. */
export function generateFromPackages(): void;
