import type { CameraFacts, DominantColor, Metadata, StepSource } from '../domain/image.js';
import type { CallOptions } from '../net/provider-api.js';

/** Who describes pictures. */
export interface MetadataProvider {
  readonly source: StepSource;
  /**
   * It sees nothing but the pixels, so the same bytes need to be described once, whatever they are
   * called and whoever owns them.
   */
  readonly bytesOnly?: boolean;
  /** One call an image. Throws a `DarkroomError` whose kind says whether to try again. */
  describe(picture: DescribablePicture, options: CallOptions): Promise<Metadata>;
}

/** What a describer may see of an image: never the original, never where it was taken. */
export interface DescribablePicture {
  fileName: string;
  widthPx: number;
  heightPx: number;
  colors: DominantColor[];
  /** 0 black to 1 white, the mean over the picture. */
  brightness: number;
  camera?: CameraFacts;
  /** A JPEG of at most 512 px, read only when asked for. */
  preview(): Promise<Buffer>;
}

/** Whoever describes says its colours as they were measured. */
export function measuredColors({ colors }: Pick<DescribablePicture, 'colors'>): string[] {
  return colors.map(({ hex }) => hex);
}
