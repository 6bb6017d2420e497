// app/photos/route.ts: POST /photos?name=harbour.jpg with the bytes of a photograph. In next.config.js:
//   serverExternalPackages: ['darkroom', '@temporalio/client', 'sharp']
import { Readable } from 'node:stream';
import { DarkroomError, FAILURES } from 'darkroom';
import { darkroom } from '../darkroom.js';

export async function POST(request: Request): Promise<Response> {
  const fileName = new URL(request.url).searchParams.get('name') ?? 'photo';
  // A stream, so that memory stays flat whatever people send.
  const body = request.body ? Readable.fromWeb(request.body) : Readable.from([]);
  try {
    const { id } = await (await darkroom()).upload({ ownerId: 'ada', fileName, body });
    return Response.json({ id, url: `/photos/${id}` }, { status: 202 });
  } catch (error) {
    const { status, says } = FAILURES[error instanceof DarkroomError ? error.kind : 'Unexpected'];
    return Response.json({ error: says }, { status });
  }
}
