import { mixRgb, type Rgb } from './canvas.js';

/** What a figure is painted with. */
export interface FigurePaints {
  body: Rgb;
  light: Rgb;
  dark: Rgb;
  /** Its windows and lamps are lit. */
  lit: boolean;
}

/** A figure of height 1 that stands on y = 0; x is 0 in its middle. */
interface Shape {
  /** Of its width to its height. */
  aspect: number;
  /** Where it belongs, how high it is (of the picture), and how many there are. */
  where: 'ground' | 'water' | 'sky';
  heights: readonly [least: number, most: number];
  count: number;
  colorAt: (x: number, y: number, paints: FigurePaints) => Rgb | undefined;
}

const LAMP: Rgb = [255, 224, 140];

const inCircle = (x: number, y: number, [cx, cy, radius]: readonly [number, number, number]) =>
  (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2;

const inEllipse = (x: number, y: number, [cx, cy, rx, ry]: readonly number[]) =>
  ((x - (cx ?? 0)) / (rx ?? 1)) ** 2 + ((y - (cy ?? 0)) / (ry ?? 1)) ** 2 < 1;

/** Lighter on the left, where light comes from. */
const round = (color: Rgb, { light, dark }: FigurePaints, x: number): Rgb =>
  x < 0 ? mixRgb(color, light, Math.min(0.5, -x)) : mixRgb(color, dark, Math.min(0.6, x * 1.6));

export const FIGURES = {
  tree: {
    ...{ aspect: 0.6, where: 'ground', heights: [0.22, 0.62], count: 11 },
    colorAt: (x, y, paints) => {
      if (Math.abs(x) < 0.035 && y < 0.2) return paints.dark;
      const branch = 0.75 + 0.25 * (1 - ((y * 5) % 1));
      const half = y < 0.12 ? 0 : 0.3 * (1 - y) * branch;
      return Math.abs(x) < half ? round(paints.body, paints, x * 3) : undefined;
    },
  },
  house: {
    ...{ aspect: 1.4, where: 'ground', heights: [0.28, 0.46], count: 1 },
    colorAt: (x, y, paints) => {
      const { body, dark, lit } = paints;
      if (y >= 0.52) return Math.abs(x) < (1 - y) * 1.45 ? dark : undefined;
      if (Math.abs(x) > 0.58) return undefined;
      if (Math.abs(x) < 0.08 && y < 0.3) return dark;
      const window = Math.abs(Math.abs(x) - 0.33) < 0.1 && y > 0.2 && y < 0.38;
      return window ? (lit ? LAMP : mixRgb(dark, [120, 150, 180], 0.5)) : round(body, paints, x);
    },
  },
  tower: {
    ...{ aspect: 0.42, where: 'ground', heights: [0.25, 0.75], count: 12 },
    colorAt: (x, y, paints) => {
      if (Math.abs(x) > 0.2 - (y > 0.9 ? 0.08 : 0)) return undefined;
      const [column, row] = [((x + 1) * 14) % 1, (y * 16) % 1];
      const pane = column > 0.35 && column < 0.8 && row > 0.35 && row < 0.75 && y < 0.88;
      if (!pane) return round(paints.body, paints, x * 2);
      // Somebody is at home behind every other one.
      const at = Math.floor((x + 1) * 14) * 7 + Math.floor(y * 16) * 11;
      return paints.lit && at % 3 !== 0 ? LAMP : mixRgb(paints.dark, [90, 110, 140], 0.4);
    },
  },
  lighthouse: {
    ...{ aspect: 0.5, where: 'ground', heights: [0.5, 0.72], count: 1 },
    colorAt: (x, y, paints) => {
      const far = Math.abs(x);
      if (y < 0.78) {
        const stripe: Rgb = Math.floor(y * 7) % 2 === 0 ? paints.body : [240, 238, 230];
        return far < 0.15 - 0.09 * y ? round(stripe, paints, x * 4) : undefined;
      }
      if (y < 0.81) return far < 0.12 ? paints.dark : undefined;
      if (y < 0.91) return far < 0.06 ? LAMP : undefined;
      return far < (1 - y) * 1 ? paints.body : undefined;
    },
  },
  boat: {
    ...{ aspect: 1, where: 'water', heights: [0.32, 0.55], count: 1 },
    colorAt: (x, y, { body, light, dark }) => {
      if (y < 0.2) return Math.abs(x) < 0.3 + 0.6 * y ? dark : undefined;
      if (Math.abs(x) < 0.012) return dark;
      if (y < 0.26) return undefined;
      if (x > 0) return x < (1 - y) * 0.55 ? body : undefined;
      return -x < (0.92 - y) * 0.5 ? light : undefined;
    },
  },
  balloon: {
    ...{ aspect: 0.75, where: 'sky', heights: [0.34, 0.6], count: 1 },
    colorAt: (x, y, paints) => {
      if (y < 0.12) return Math.abs(x) < 0.06 ? paints.dark : undefined;
      const inside =
        y > 0.55 ? inCircle(x, y, [0, 0.64, 0.36]) : Math.abs(x) < 0.06 + (y - 0.12) * 0.66;
      if (!inside || (y < 0.22 && Math.abs(Math.abs(x) - 0.05) > 0.015)) return undefined;
      const stripe = Math.floor((x + 1) * 9) % 2 === 0 ? paints.body : paints.light;
      return round(stripe, paints, x * 2);
    },
  },
  flower: {
    ...{ aspect: 0.6, where: 'ground', heights: [0.12, 0.42], count: 26 },
    colorAt: (x, y, { body, dark }) => {
      const [dx, dy] = [x, y - 0.74];
      const away = Math.hypot(dx, dy);
      if (away < 0.07) return LAMP;
      const petals = 0.6 + 0.4 * Math.abs(Math.cos(2.5 * Math.atan2(dy, dx)));
      if (away < 0.26 * petals) return mixRgb(body, dark, away);
      const leaf = inEllipse(Math.abs(x), y, [0.1, 0.3, 0.1, 0.04]);
      return (Math.abs(x) < 0.02 && y < 0.74) || leaf ? [52, 104, 48] : undefined;
    },
  },
  animal: {
    ...{ aspect: 1.3, where: 'ground', heights: [0.4, 0.62], count: 1 },
    colorAt: (x, y, paints) => {
      const parts =
        inEllipse(x, y, [-0.05, 0.5, 0.4, 0.17]) ||
        (y < 0.5 && [-0.34, -0.2, 0.14, 0.26].some((leg) => Math.abs(x - leg) < 0.045)) ||
        inEllipse(x, y, [0.32, 0.66, 0.1, 0.2]) ||
        inCircle(x, y, [0.42, 0.8, 0.14]) ||
        inEllipse(x, y, [0.55, 0.77, 0.1, 0.06]) ||
        [0.35, 0.47].some((ear) => inEllipse(x, y, [ear, 0.95, 0.035, 0.09])) ||
        inEllipse(x, y, [-0.5, 0.6 + 0.2 * (x + 0.5), 0.14, 0.035]);
      if (!parts) return undefined;
      return inCircle(x, y, [0.46, 0.83, 0.02])
        ? [12, 12, 14]
        : round(paints.body, paints, 0.5 - y);
    },
  },
  person: {
    ...{ aspect: 0.5, where: 'ground', heights: [0.55, 0.8], count: 1 },
    colorAt: (x, y, paints) => {
      if (inCircle(x, y, [0, 0.89, 0.085])) return mixRgb([206, 158, 128], paints.dark, 0.2);
      if (y > 0.42 && y < 0.8) {
        const half = 0.17 - (0.8 - y) * 0.16;
        return Math.abs(x) < half ? round(paints.body, paints, x * 3) : undefined;
      }
      const leg = Math.abs(Math.abs(x) - 0.06) < 0.045;
      return y <= 0.42 && leg ? paints.dark : undefined;
    },
  },
  bird: {
    ...{ aspect: 2.6, where: 'sky', heights: [0.05, 0.16], count: 9 },
    colorAt: (x, y, { dark }) => {
      const wing = 0.35 + 0.55 * Math.sin(Math.min(1, Math.abs(x) / 1.1) * 2.2);
      const thickness = 0.16 * (1 - Math.abs(x) / 1.25);
      return Math.abs(y - wing) < thickness ? dark : undefined;
    },
  },
  planet: {
    ...{ aspect: 1.9, where: 'sky', heights: [0.35, 0.62], count: 1 },
    colorAt: (x, y, paints) => {
      const band = Math.abs(((x * 0.35 + (y - 0.5)) * 9) % 2) < 0.8 ? paints.body : paints.light;
      if (inCircle(x, y, [0, 0.5, 0.4])) return round(band, paints, x * 2.2);
      const ring = (x / 0.9) ** 2 + ((y - 0.5 + x * 0.25) / 0.12) ** 2;
      return ring < 1 && ring > 0.62 ? paints.light : undefined;
    },
  },
  car: {
    ...{ aspect: 2.2, where: 'ground', heights: [0.24, 0.38], count: 1 },
    colorAt: (x, y, paints) => {
      if ([-0.6, 0.6].some((wheel) => inCircle(x, y, [wheel, 0.2, 0.2]))) return [20, 20, 24];
      if (y > 0.15 && y < 0.55)
        return Math.abs(x) < 1.05 ? round(paints.body, paints, x) : undefined;
      if (y < 0.55 || Math.abs(x) > 1.25 - y * 0.9) return undefined;
      const glass = y < 0.88 && Math.abs(x) > 0.03 && Math.abs(x) < 1.1 - y * 0.85;
      return glass ? mixRgb([150, 180, 200], paints.dark, 0.3) : paints.body;
    },
  },
  stone: {
    ...{ aspect: 0.6, where: 'ground', heights: [0.4, 0.7], count: 1 },
    colorAt: (x, y, paints) => {
      const half = 0.2 + 0.05 * Math.sin(y * 9) - (y > 0.9 ? (y - 0.9) * 1.5 : 0);
      return Math.abs(x + 0.05 * y) < half ? round(paints.body, paints, x * 3) : undefined;
    },
  },
} as const satisfies Record<string, Shape>;

export type Figure = keyof typeof FIGURES;

export function shapeOf(figure: Figure): Shape {
  return FIGURES[figure];
}
