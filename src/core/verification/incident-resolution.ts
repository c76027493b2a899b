/** The values of {@link IncidentResolution}. */
export const INCIDENT_RESOLUTIONS: readonly IncidentResolution[] = [
  "verified",
  "repaired",
  "replaced",
  "relocated",
  "removed",
];

/**
 * How an incident ended:
 * - `verified`: the blob was found to be what is on record
 * - `repaired`: it got the right bytes back
 * - `replaced`: the last row that named it took other bytes
 * - `relocated`: the last row that named it names another place
 * - `removed`: the last row that named it was removed
 */
export type IncidentResolution = "verified" | "repaired" | "replaced" | "relocated" | "removed";
