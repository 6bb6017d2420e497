// app/photos/route.ts: POST /photos?name=harbour.jpg with the bytes of a photograph.
// `@/` is the folder above app, as create-next-app has it. In next.config.js:
//   serverExternalPackages: ['darkroom', '@temporalio/client', 'sharp']
// Built and run with Next.js 15 and 16.
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { DarkroomError, FAILURES } from 'darkroom';
import { darkroom } from '@/app/darkroom';

export async function POST(request: Request): Promise<Response> {
  const fileName = new URL(request.url).searchParams.get('name') ?? 'photo';
  // A stream, so that memory stays flat whatever people send.
  // The type is Node's, where Next.js brings that of browsers, which TypeScript takes for another.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion
  const stream = request.body as ReadableStream | null;
  const body = stream ? Readable.fromWeb(stream) : Readable.from([]);
  try {
    const { id } = await (await darkroom()).upload({ ownerId: 'ada', fileName, body });
    return Response.json({ id, url: `/photos/${id}` }, { status: 202 });
  } catch (error) {
    const { status, says } = FAILURES[error instanceof DarkroomError ? error.kind : 'Unexpected'];
    return Response.json({ error: says }, { status });
  }
}
