/** Words that people use for colours, each with the colour that it means most often. */
const NAMED: readonly (readonly [name: string, hex: string])[] = [
  ['black', '#000000'],
  ['charcoal', '#36393d'],
  ['gray', '#808080'],
  ['silver', '#c0c0c0'],
  ['white', '#ffffff'],
  ['cream', '#f5edd6'],
  ['beige', '#d9c9a8'],
  ['sand', '#c2a878'],
  ['brown', '#7b4f2c'],
  ['dark brown', '#3f2a1d'],
  ['rust', '#a5431c'],
  ['red', '#d0202a'],
  ['maroon', '#6b1420'],
  ['coral', '#f5775f'],
  ['pink', '#f4a6be'],
  ['magenta', '#c81e87'],
  ['orange', '#f98f10'],
  ['peach', '#f7c19c'],
  ['gold', '#cc9a26'],
  ['yellow', '#f6de2f'],
  ['olive', '#74752b'],
  ['lime', '#9fd42a'],
  ['green', '#2f9a41'],
  ['dark green', '#1d472a'],
  ['sage', '#a0b092'],
  ['mint', '#a8e3c5'],
  ['teal', '#12807f'],
  ['turquoise', '#3fcfc6'],
  ['sky blue', '#8cc4ec'],
  ['blue', '#2563d4'],
  ['steel blue', '#54789b'],
  ['slate', '#5c6873'],
  ['navy', '#16244f'],
  ['purple', '#6e2fa0'],
  ['lavender', '#bfaee0'],
];

/** A colour in OKLab, where equal distances look about equally different. */
export interface Lab {
  /** 0 black to 1 white. */
  lightness: number;
  greenToRed: number;
  blueToYellow: number;
}

const PALETTE = NAMED.map(([name, hex]) => ({ name, lab: labOf(hex) }));

/** The nearest of about 35 colour words for `#rrggbb`. */
export function colorName(hex: string): string {
  const lab = labOf(hex);
  const nearest = PALETTE.reduce((best, next) =>
    distance(next.lab, lab) < distance(best.lab, lab) ? next : best,
  );
  return nearest.name;
}

/** The colour that a word of the list means most often; nothing for another word. */
export function hexOf(name: string): string | undefined {
  return NAMED.find(([word]) => word === name)?.[1];
}

/** How far the colour is from gray: 0 none, about 0.3 at most. */
export function chroma({ greenToRed, blueToYellow }: Lab): number {
  return Math.hypot(greenToRed, blueToYellow);
}

export function labOf(hex: string): Lab {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16)));
  const mix = (r: number, g: number, b: number) =>
    Math.cbrt(r * (red ?? 0) + g * (green ?? 0) + b * (blue ?? 0));
  const l = mix(0.4122214708, 0.5363325363, 0.0514459929);
  const m = mix(0.2119034982, 0.6806995451, 0.1073969566);
  const s = mix(0.0883024619, 0.2817188376, 0.6299787005);
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    greenToRed: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    blueToYellow: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

/** sRGB byte to linear light. */
function linear(byte: number): number {
  const value = (Number.isNaN(byte) ? 0 : byte) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Hue counts more than lightness: a light blue is called blue rather than gray. */
function distance(a: Lab, b: Lab): number {
  return (
    (a.lightness - b.lightness) ** 2 +
    2 * (a.greenToRed - b.greenToRed) ** 2 +
    2 * (a.blueToYellow - b.blueToYellow) ** 2
  );
}
