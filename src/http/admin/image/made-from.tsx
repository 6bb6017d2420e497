import type { GenerationView } from '../../../client.js';

/** That nobody took this picture, and what it was made from. */
export function MadeFrom({ generation }: { generation: GenerationView }) {
  const { id, prompt, provider, model, seed } = generation;
  const by = [
    ...(model === undefined ? [] : [model]),
    ...(provider === undefined ? [] : [provider]),
  ].join(' of ');
  return (
    <p class="made-from">
      Made from the prompt “{prompt}”{by !== '' && ` by ${by}`}
      {seed !== undefined && `, seed ${seed}`}.{' '}
      <a href={`/admin/generate/${id}`}>How it was made</a>
    </p>
  );
}
