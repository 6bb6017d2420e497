import { hasEnded, type GenerationStatus } from '../../../domain/generation.js';
import type { GenerationView } from '../../../client.js';
import { StateMark } from '../images/image-state.js';
import { took } from '../words.js';

export const STATUS_WORDS: Record<GenerationStatus, string> = {
  pending: 'Waiting',
  processing: 'Being made',
  downloading: 'Arriving',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** Where it stands, in one line of text: its state, how far it is, and for how long. */
export function JobState({ generation }: { generation: GenerationView }) {
  const { status, progress, durationMs, createdAt, startedAt = createdAt } = generation;
  if (!hasEnded(generation)) {
    return (
      <>
        <Mark generation={generation} />
        {status !== 'pending' && <span>{progress} %</span>}
        <span class="since quiet" data-since={String(startedAt.getTime())}>
          {Math.max(0, Math.floor((Date.now() - startedAt.getTime()) / 1000))} s
        </span>
      </>
    );
  }
  return (
    <>
      <Mark generation={generation} />
      {durationMs !== undefined && <span class="quiet">{took(durationMs)}</span>}
    </>
  );
}

function Mark({ generation: { status, cancelRequestedAt } }: { generation: GenerationView }) {
  const words = STATUS_WORDS[status];
  const asked = cancelRequestedAt === undefined ? words : 'Being cancelled';
  switch (status) {
    case 'pending':
      return <StateMark shape="waiting" words={asked} />;
    case 'processing':
    case 'downloading':
      return <StateMark shape="working" words={asked} />;
    case 'failed':
      return <StateMark shape="failed" words={words} />;
    case 'completed':
      return <span class="state good">{words}</span>;
    case 'cancelled':
      return <span class="state plain">{words}</span>;
  }
}

/** What it is called where titles and screen readers have to be brief. */
export function shortPrompt(prompt: string): string {
  const letters = [...prompt.replace(/\s+/g, ' ').trim()];
  if (letters.length === 0) return 'no prompt';
  return letters.length <= 60 ? letters.join('') : `${letters.slice(0, 59).join('')}…`;
}
