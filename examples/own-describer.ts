// A provider of one's own: a small server between Darkroom and whatever describes pictures, a model of
// your machine, a service that speaks something else, or, as here, a few rules. It speaks as much of
// OpenAI's protocol as Darkroom asks for, so everything that providers have holds for it: rates, the
// cache, what happens when it is down, and that its descriptions are renewed under another model name.
//
// In a clone whose packages are installed (`npm ci`) and where no demo runs; the second in another terminal:
//
//   npx tsx examples/own-describer.ts
//   METADATA_PROVIDER=openai OPENAI_BASE_URL=http://127.0.0.1:4400/v1 OPENAI_API_KEY=none \
//     METADATA_MODEL=light-1 METADATA_CALLS_PER_MINUTE=6000 npm run demo
//
// What an earlier demo has described stays as it is until this is called beside it:
//
//   npx darkroom backfill start --scope stale --watch
import { createServer, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

export interface Description {
  description: string;
  tags: string[];
  category: string;
  mood: string;
}

/** As much of a request as is looked at: the picture is a JPEG of at most 512 px in a data URL. */
interface Request {
  model: string;
  messages: { content: string | { type: string; image_url?: { url: string } }[] }[];
}

export function describerServer(describe: (jpeg: Buffer) => Promise<Description>): Server {
  return createServer((request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      return send(response, 404, {
        error: { message: 'There is only POST /v1/chat/completions.' },
      });
    }
    json(request)
      .then(async (asked) => {
        const { model } = asked as Request;
        const content = JSON.stringify(await describe(pictureIn(asked as Request)));
        const message = { role: 'assistant', content };
        send(response, 200, { model, choices: [{ index: 0, message, finish_reason: 'stop' }] });
      })
      // Tried again three times, and then left for later; 400 would say that the picture is at fault.
      .catch((error: unknown) => send(response, 500, { error: { message: String(error) } }));
  });
}

function pictureIn({ messages }: Request): Buffer {
  const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const url = parts.find((part) => part.image_url !== undefined)?.image_url?.url ?? '';
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** How light it is, and whether it is more sky or more earth. */
export async function byLight(jpeg: Buffer): Promise<Description> {
  const { data } = await sharp(jpeg).resize(1, 2, { fit: 'fill' }).removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const [above = 0, below = 0] = [0, 3].map((at) =>
    data.subarray(at, at + 3).reduce((a, b) => a + b),
  );
  const light = above + below > 765 ? 'light' : 'dark';
  const heavier = above > below ? 'lighter above than below' : 'lighter below than above';
  return {
    description: `A ${light} picture, ${heavier}.`,
    tags: [light, above > below ? 'bright sky' : 'bright ground'],
    category: 'other',
    mood: light === 'light' ? 'open' : 'quiet',
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  describerServer(byLight).listen(4400, '127.0.0.1', () => console.log('http://127.0.0.1:4400/v1'));
}
