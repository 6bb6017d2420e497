import { describe, expect, it } from 'vitest';
import { whereInWords } from '../../src/cli/where.js';

describe('where everything of a stack is', () => {
  it('leaves out, in words, what the stack did not start', () => {
    const words = whereInWords({
      ...{ temporalAddress: 'temporal.example:7233', temporalUi: undefined },
      ...{ databaseUrl: 'postgres://db', storageDir: '/data/storage', workerPid: undefined },
    });
    expect(words.split('\n')).toEqual([
      'temporalAddress temporal.example:7233',
      'databaseUrl     postgres://db',
      'storageDir      /data/storage',
    ]);
  });
});
