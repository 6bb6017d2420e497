import type { ServerResponse } from 'node:http';
import { RESULT_FORMATS, type ResultFormat } from '../domain/generation.js';
import { paintedPicture } from '../imaging/paint-prompt.js';
import type { FakePrediction } from './fake-replicate-predictions.js';

/** Of a model that is told a shape and no size. */
const USUAL_EDGE_PX = 512;

const MEDIA_TYPES = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' } as const;

/** The picture of a prediction: its prompt in paint, in the size and format that its input wants. */
export async function pictureOf({ input }: FakePrediction): Promise<Buffer> {
  const { prompt, seed, negative_prompt: negative, prompt_strength: strength } = input;
  const image = sourceIn(input);
  return paintedPicture({
    prompt: String(prompt),
    seed: String(seed),
    ...(typeof negative === 'string' && { negativePrompt: negative }),
    ...sizeOf(input),
    format: formatOf(input),
    ...(image && {
      source: { bytes: image, strength: typeof strength === 'number' ? strength : 0.8 },
    }),
  });
}

/** Only what travels inside the request: it asks nobody for pictures. */
function sourceIn(input: Record<string, unknown>): Buffer | undefined {
  const image = Object.values(input)
    .flat()
    .find((value) => typeof value === 'string' && value.startsWith('data:image/'));
  return typeof image === 'string'
    ? Buffer.from(image.slice(image.indexOf(',') + 1), 'base64')
    : undefined;
}

function sizeOf({ width, height, aspect_ratio: aspect }: Record<string, unknown>) {
  if (typeof width === 'number' && typeof height === 'number') {
    return { widthPx: width, heightPx: height };
  }
  const [across = 1, down = 1] = (typeof aspect === 'string' ? aspect : '1:1')
    .split(':')
    .map(Number);
  const longer = Math.max(across, down);
  const edge = (side: number) => Math.round((USUAL_EDGE_PX * side) / longer);
  return { widthPx: edge(across), heightPx: edge(down) };
}

function formatOf({ output_format: wanted }: Record<string, unknown>): ResultFormat {
  return RESULT_FORMATS.find((it) => it === wanted) ?? 'png';
}

/** What stands in `output`, in the shape that was asked for or that the model is known for. */
export async function outputOf(prediction: FakePrediction, filesUrl: string): Promise<unknown> {
  const format = formatOf(prediction.input);
  const address = `${filesUrl}/${prediction.id}/out-0.${format}`;
  const { output = /pro|kontext|max|ultra/.test(prediction.version) ? 'text' : 'list' } =
    prediction.outcome;
  switch (output) {
    case 'list':
      return [address];
    case 'text':
      return address;
    case 'object':
      return { image: address };
    case 'data': {
      const bytes = await pictureOf(prediction);
      return `data:${MEDIA_TYPES[format]};base64,${bytes.toString('base64')}`;
    }
    case 'null':
      return null;
    case 'empty':
      return [];
  }
}

/** The file of a prediction, with what is wrong with it. */
export async function sendFile(
  prediction: FakePrediction | undefined,
  response: ServerResponse,
): Promise<void> {
  const wrong = prediction?.outcome.file;
  if (prediction === undefined || wrong === 'missing') {
    response.writeHead(404).end();
    return;
  }
  if (wrong === 'forbidden') {
    response.writeHead(403).end();
    return;
  }
  if (wrong === 'elsewhere') {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    return;
  }
  if (wrong === 'page') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Just a moment</h1>');
    return;
  }
  const bytes = await pictureOf(prediction);
  const type = { 'content-type': MEDIA_TYPES[formatOf(prediction.input)] };
  if (wrong === 'oversized') {
    response.writeHead(200, { ...type, 'content-length': 10_000_000_000 }).write(bytes);
    return;
  }
  const half = bytes.subarray(0, bytes.length / 2);
  if (wrong === 'truncated') {
    response.writeHead(200, { ...type, 'content-length': bytes.length });
    response.write(half, () => response.destroy());
    return;
  }
  const sent = wrong === 'broken' ? half : bytes;
  response.writeHead(200, { ...type, 'content-length': sent.length }).end(sent);
}
