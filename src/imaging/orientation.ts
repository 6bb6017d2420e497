import type { Sharp } from 'sharp';

/** Undoes on the pixels what a viewer does for the EXIF orientation. sharp mirrors before it turns. */
export function storedAs(upright: Sharp, orientation: number): Sharp {
  switch (orientation) {
    case 2:
      return upright.flop();
    case 3:
      return upright.rotate(180);
    case 4:
      return upright.flip();
    case 5:
      return upright.rotate(90).flip();
    case 6:
      return upright.rotate(270);
    case 7:
      return upright.rotate(90).flop();
    case 8:
      return upright.rotate(90);
    default:
      return upright;
  }
}

/** Does what a viewer does; for pixels whose file is gone. sharp's `autoOrient` leaves animations alone. */
export function shownAs(stored: Sharp, orientation: number): Sharp {
  // Every orientation is its own opposite but the two quarter turns, which are each other's.
  const opposite: Record<number, number> = { 6: 8, 8: 6 };
  return storedAs(stored, opposite[orientation] ?? orientation);
}
