import type { DigestRequest } from "../../ports/digest-pool.ts";

/** The most files of a job: with fewer, what it costs to hand jobs out shows. */
export const JOB_FILES: number = 32;

/** About the most bytes of a job of several files; with more, some lanes have nothing to do while the last is done. */
export const JOB_BYTES: number = 8 * 1024 * 1024;

/** Makes jobs of requests, in their order. A file that is larger than a job is one of its own. */
export function dealOut(requests: readonly DigestRequest[]): readonly (readonly DigestRequest[])[] {
  const jobs: DigestRequest[][] = [];
  let job: DigestRequest[] = [];
  let jobBytes = 0;
  for (const request of requests) {
    const isFull = job.length === JOB_FILES || jobBytes + request.sizeBytes > JOB_BYTES;
    if (isFull && job.length > 0) {
      jobs.push(job);
      [job, jobBytes] = [[], 0];
    }
    job.push(request);
    jobBytes += request.sizeBytes;
  }
  if (job.length > 0) jobs.push(job);
  return jobs;
}
