/** RGB pixels that are painted in place. */
export interface Canvas {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

export type Rgb = readonly [red: number, green: number, blue: number];

function mix(from = 0, to = 0, by = 0.5): number {
  return from + (to - from) * by;
}

export function mixRgb(from: Rgb, to: Rgb, by: number): Rgb {
  return [mix(from[0], to[0], by), mix(from[1], to[1], by), mix(from[2], to[2], by)];
}

/** Moves one pixel towards a colour; outside the canvas nothing happens. */
export function blend(canvas: Canvas, at: [x: number, y: number], color: Rgb, by: number): void {
  const { data, width, height } = canvas;
  const [column, row] = [Math.floor(at[0]), Math.floor(at[1])];
  if (by <= 0 || column < 0 || row < 0 || column >= width || row >= height) return;
  const first = (row * width + column) * 3;
  for (let channel = 0; channel < 3; channel++) {
    data[first + channel] = mix(data[first + channel], color[channel], by);
  }
}
