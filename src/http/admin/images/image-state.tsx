import type { ImageView } from '../../../client.js';

export interface ShownState {
  shape: 'waiting' | 'working' | 'failed';
  words: string;
}

/** What a list says of an image that is not simply ready; nothing when it is. */
export function stateOf(view: ImageView): ShownState | undefined {
  const { status, quarantined, readyMaxWidth, variantsReady } = view;
  if (quarantined) return { shape: 'failed', words: 'Set aside' };
  switch (status) {
    case 'completed':
      return undefined;
    case 'failed':
      return { shape: 'failed', words: variantsReady ? 'Not described' : 'Failed' };
    case 'pending':
      return { shape: 'waiting', words: variantsReady ? 'Not described yet' : 'Waiting' };
    case 'processing':
      return { shape: 'working', words: progressWords(readyMaxWidth, variantsReady, view.width) };
  }
}

function progressWords(readyMaxWidth: number, variantsReady: boolean, width?: number): string {
  if (variantsReady) return 'Describing';
  if (readyMaxWidth > 0) return `Ready to ${readyMaxWidth} px`;
  return width === undefined ? 'Reading' : 'Making variants';
}

export function StateMark({ shape, words }: ShownState) {
  return (
    <span class={`state-mark ${shape}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {shape === 'failed' && <path d="M5 0.5 L9.8 9.5 H0.2 Z" />}
        {shape === 'waiting' && <circle class="ring" cx="5" cy="5" r="3.75" />}
        {shape === 'working' && <circle cx="5" cy="5" r="4.5" />}
      </svg>
      {words}
    </span>
  );
}
