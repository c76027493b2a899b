import sqlWasm from "sql.js/dist/sql-wasm-browser.wasm";
import { openCatalog, type R2BucketBinding, type WorkerdCatalog } from "../../../src/hosts/workerd.ts";
import { askCatalog } from "./answers.ts";

/*
 * Two workers in one. `/answers` asks a catalog, which comes as the body or from `?url=`; it is opened once for each
 * URL. `/ingest?url=` ingests what is there, with `&into=r2` into the bucket, and answers with the new catalog file.
 */

interface Environment {
  readonly PAPERS: R2BucketBinding;
}

const opened = new Map<string, Promise<WorkerdCatalog>>();

function openAt(url: string): Promise<WorkerdCatalog> {
  const catalog = opened.get(url) ?? fetch(url).then((file) => openCatalog({ sqlWasm, file }));
  opened.set(url, catalog);
  return catalog;
}

async function answer(request: Request, url: string | null): Promise<Response> {
  if (url !== null) return Response.json(await askCatalog(await openAt(url)));
  const catalog = await openCatalog({ sqlWasm, file: await request.arrayBuffer() });
  const answers = await askCatalog(catalog);
  await catalog.close();
  return Response.json(answers);
}

async function ingest(url: string, bucket: R2BucketBinding | undefined): Promise<Response> {
  const storage = { layout: "cas", ...(bucket && ({ backend: "s3", s3Bucket: "papers" } as const)) } as const;
  const catalog = await openCatalog({ sqlWasm, storage, r2: bucket });
  await catalog.ingest(await fetch(url), { artifactId: "doi:10.1/edge", sourceUrl: url, resolver: "edge" });
  const file = await catalog.exportFile();
  await catalog.close();
  return new Response(file.slice());
}

const worker: { fetch(request: Request, env: Environment): Promise<Response> } = {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const url = searchParams.get("url");
    if (pathname === "/answers") return answer(request, url);
    return ingest(url ?? "", searchParams.get("into") === "r2" ? env.PAPERS : undefined);
  },
};

export default worker;
