import { Presets, SingleBar } from 'cli-progress';
import type { GenerationView } from '../client.js';
import type { Print } from './print.js';

const FORMAT = ' {bar} {percentage}% | {state}';

/** Shows a generation until it has ended and resolves with its last state. */
export async function showGeneration(
  changes: AsyncGenerator<GenerationView, GenerationView>,
  print: Print,
): Promise<GenerationView> {
  const view = process.stdout.isTTY && !print.json ? bar() : lines(print);
  try {
    for (;;) {
      const change = await changes.next();
      if (change.done === true) return change.value;
      view.show(change.value);
    }
  } finally {
    view.end();
  }
}

interface GenerationProgress {
  show(generation: GenerationView): void;
  end(): void;
}

function bar(): GenerationProgress {
  const drawn = new SingleBar({ format: FORMAT, hideCursor: true }, Presets.shades_classic);
  drawn.start(100, 0, { state: 'asked for' });
  return {
    show: (generation) => drawn.update(generation.progress, { state: stateOf(generation) }),
    end: () => drawn.stop(),
  };
}

/** Without a terminal a line a state says enough. */
function lines(print: Print): GenerationProgress {
  let last = '';
  return {
    show: (generation) => {
      const state = stateOf(generation);
      if (state !== last) print.line(state);
      last = state;
    },
    end: () => undefined,
  };
}

/** `being made`, `being made (try 2 of 3)`. */
export function stateOf(generation: GenerationView): string {
  const { status, attemptNumber, maxAttempts, cancelRequestedAt } = generation;
  const again = attemptNumber > 1 ? ` (try ${attemptNumber} of ${maxAttempts})` : '';
  switch (status) {
    case 'pending':
      return 'waiting for a slot';
    case 'processing':
      return cancelRequestedAt === undefined ? `being made${again}` : 'being cancelled';
    case 'downloading':
      return 'being brought home';
    case 'completed':
    case 'failed':
    case 'cancelled':
      return status;
  }
}
