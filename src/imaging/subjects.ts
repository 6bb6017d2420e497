import { blend, mixRgb, type Canvas, type Rgb } from './canvas.js';
import { shapeOf, type Figure, type FigurePaints } from './figures.js';
import type { PromptScene } from './prompt-scene.js';
import { pick, shift } from './scene.js';

interface Placed {
  figure: Figure;
  /** All of the picture: the middle of its foot, and its height. */
  x: number;
  footY: number;
  height: number;
}

/** What figures wear when the prompt names no colour. */
const BODIES: readonly [Rgb, ...Rgb[]] = [
  [196, 58, 48],
  [222, 148, 46],
  [58, 96, 170],
  [232, 226, 210],
  [88, 60, 110],
  [60, 128, 116],
];
const LEAVES: Rgb = [46, 92, 52];

/** Samples a pixel and side: enough for edges without steps. */
const SAMPLES = 2;

/** The figures of the prompt, the far ones first. */
export function paintSubjects(canvas: Canvas, wanted: PromptScene): void {
  const all = wanted.figures.flatMap((figure, index) => placesOf(figure, index, wanted));
  for (const placed of all.sort((a, b) => a.footY - b.footY)) {
    paintFigure(canvas, placed, paintsOf(placed.figure, wanted));
  }
}

/** The first that is named is the largest; of several of a kind one is. */
function placesOf(figure: Figure, index: number, { scene, figures }: PromptScene): Placed[] {
  const { where, heights, count } = shapeOf(figure);
  const { random, horizonY } = scene;
  const [least, most] = heights;
  return Array.from({ length: count }, (_, number) => {
    const near = number === 0 ? 1 : random();
    const height = (least + (most - least) * near * (0.7 + 0.3 * random())) / (1 + 0.35 * index);
    const alone = figures.length === 1 && count === 1;
    const x = alone ? 0.3 + 0.4 * random() : 0.08 + 0.84 * random();
    const ground = Math.min(0.98, horizonY + 0.04 + (0.94 - horizonY) * near * 0.9);
    const sky = Math.max(height + 0.03, horizonY * (0.55 + 0.4 * random()));
    return { figure, x, height, footY: where === 'sky' ? sky : ground };
  });
}

function paintsOf(figure: Figure, { scene, colors }: PromptScene): FigurePaints {
  const { random, daytime } = scene;
  const own = figure === 'tree' ? LEAVES : pick(BODIES, random);
  const [named] = colors;
  const body = named ?? shift(own, random, 22);
  // By night everything is nearly the colour of the sky, but for what is lit.
  const light = 0.35 + 0.65 * daytime.daylight;
  const inLight = (color: Rgb) => mixRgb(daytime.zenith, color, light);
  return {
    body: inLight(body),
    light: inLight(mixRgb(body, [255, 250, 235], 0.55)),
    dark: inLight(mixRgb(body, [14, 14, 22], 0.75)),
    lit: daytime.daylight < 0.5,
  };
}

function paintFigure(canvas: Canvas, placed: Placed, paints: FigurePaints): void {
  const { aspect, colorAt } = shapeOf(placed.figure);
  const heightPx = placed.height * canvas.height;
  const [middle, foot] = [placed.x * canvas.width, placed.footY * canvas.height];
  const reach = (aspect * heightPx) / 2;
  const [left, right] = [Math.max(0, middle - reach), Math.min(canvas.width, middle + reach)];
  const [top, bottom] = [Math.max(0, foot - heightPx), Math.min(canvas.height, foot)];
  for (let row = Math.floor(top); row < bottom; row++) {
    for (let column = Math.floor(left); column < right; column++) {
      const at = (dx: number, dy: number) =>
        colorAt((column + dx - middle) / heightPx, (foot - row - dy) / heightPx, paints);
      const { color, share } = sampled(at);
      if (color !== undefined) blend(canvas, [column, row], color, share);
    }
  }
}

/** The colour of a pixel, and how much of it the figure covers. */
function sampled(at: (dx: number, dy: number) => Rgb | undefined) {
  let [color, covered]: [Rgb | undefined, number] = [undefined, 0];
  for (let n = 0; n < SAMPLES * SAMPLES; n++) {
    const [column, row] = [n % SAMPLES, Math.floor(n / SAMPLES)];
    const sample = at((column + 0.5) / SAMPLES, (row + 0.5) / SAMPLES);
    if (sample === undefined) continue;
    covered += 1;
    color = color === undefined ? sample : mixRgb(color, sample, 1 / covered);
  }
  return { color, share: covered / (SAMPLES * SAMPLES) };
}
