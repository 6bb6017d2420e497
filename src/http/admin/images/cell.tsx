import type { ImageView } from '../../../client.js';
import { altOf, Picture } from './picture.js';
import { stateOf, StateMark } from './image-state.js';
import { ratioClass, shownRatio } from './ratio.js';

/** Rows grow up to half again as high to fill the line. */
const USUAL_WIDTH_PX = 280;

interface CellProps {
  view: ImageView;
  /** The ratio under which the page shows it already: a cell does not move when more is known. */
  ratio?: number;
  /** Replaces the cell of the same id, wherever it is. */
  outOfBand?: boolean;
}

/** An image in the list: its box at once, then a blur of it, then itself. */
export function Cell({ view, ratio = shownRatio(view), outOfBand = false }: CellProps) {
  const state = stateOf(view);
  const shown = view.variants.length > 0;
  return (
    <li
      class={`cell ${ratioClass(ratio)}`}
      id={`cell-${view.id}`}
      {...(outOfBand && { 'hx-swap-oob': 'true' })}
    >
      <a id={`open-${view.id}`} href={`/admin/images/${view.id}`}>
        {view.placeholderDataUrl !== undefined && (
          <img class="blur" src={view.placeholderDataUrl} alt="" width="32" height="32" />
        )}
        {shown && <Picture view={view} sizes={`${Math.round(ratio * USUAL_WIDTH_PX)}px`} lazy />}
        {!shown && <span class="name">{altOf(view)}</span>}
        {state !== undefined && <StateMark {...state} />}
      </a>
      {isUnsettled(view) && <input type="hidden" name="live" value={liveMark(view, ratio)} />}
    </li>
  );
}

/** Whether there may be more to see of it soon. */
export function isUnsettled({ status }: ImageView): boolean {
  return status === 'pending' || status === 'processing';
}

/** What the page shows of an image that is not settled: which one, in which state, how wide. */
function liveMark(view: ImageView, ratio: number): string {
  return [view.id, stageOf(view), ratio].join('|');
}

/** Changes whenever the cell would look different. */
export function stageOf(view: ImageView): string {
  const { status, readyMaxWidth, variantsReady, width = 0 } = view;
  return [status, readyMaxWidth, variantsReady ? 1 : 0, width].join(',');
}

export interface LiveMark {
  id: string;
  stage: string;
  ratio: number;
}

export function readLiveMark(text: string): LiveMark {
  const [id = '', stage = '', ratio = ''] = text.split('|');
  return { id, stage, ratio: readRatio(ratio) };
}

/** What comes back from the page may be anything: only ratios that a class stands for are used. */
export function readRatio(text: string): number {
  const ratio = Number(text);
  return shownRatio(ratio > 0 ? { width: ratio, height: 1 } : {});
}

export function hasChanged(view: ImageView, mark: LiveMark): boolean {
  return stageOf(view) !== mark.stage;
}
