import { homedir, userInfo } from "node:os";
import { USUAL_HOMES } from "../../core/naming/usual-homes.ts";

/** Home folders of whoever runs this process, as the environment has it and as the system does, and the usual ones. */
export function findNodeHomes(): readonly string[] {
  const homes = [homedir, () => userInfo().homedir].flatMap((find) => {
    try {
      // Windows has backslashes.
      return [find().replaceAll("\\", "/")];
    } catch {
      // A user whom the system does not know has no home there.
      return [];
    }
  });
  return [...new Set([...homes, ...USUAL_HOMES])];
}
