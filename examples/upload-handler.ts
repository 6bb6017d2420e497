// An upload handler: people get an answer as soon as their bytes are safe, and a picture a second
// later. Beside a running `npm run demo`:
//
//   (eval "$(npx darkroom env)"; npx tsx examples/upload-handler.ts)
//
// and in another terminal (port 3000 is also that of the Grafana of docker-compose.yml):
//
//   curl --data-binary @photo.jpg 'http://127.0.0.1:3000/photos?name=photo.jpg'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DarkroomError, FAILURES, openDarkroom, type Darkroom } from 'darkroom';

export function photoServer(darkroom: Darkroom): Server {
  return createServer((request, response) => {
    answer(darkroom, request, response).catch((error: unknown) => refuse(response, error));
  });
}

async function answer(darkroom: Darkroom, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST' && url.pathname === '/photos') {
    const fileName = url.searchParams.get('name') ?? 'photo';
    // Streams to storage: memory stays flat whatever people send.
    const { id } = await darkroom.upload({ ownerId: 'ada', fileName, body: request });
    return send(response, 202, { id, url: `/photos/${id}` });
  }
  const image = await darkroom.image(url.pathname.replace('/photos/', ''));
  if (image === undefined) throw new DarkroomError('ImageNotFound');
  return send(response, 200, image);
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, says } = FAILURES[error instanceof DarkroomError ? error.kind : 'Unexpected'];
  send(response, status, { error: says });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const darkroom = await openDarkroom();
  photoServer(darkroom).listen(3000, '127.0.0.1', () =>
    console.log('http://127.0.0.1:3000/photos'),
  );
}
