import { describe, expect, it } from 'vitest';
import type { FakeAnswer, Fault } from '../../src/dev/fake-openai.js';
import { embeddingSource, openOpenAiEmbedding } from '../../src/embedding/openai.js';
import { openProviderApi, type CallGate } from '../../src/net/provider-api.js';
import { FAKE_KEY, useFakeOpenAi } from '../support/fake-openai.js';
import { gate as heldGate } from '../support/gate.js';
import { describeEmbedding } from './embedding.contract.js';

const fake = useFakeOpenAi();
const open: CallGate = { pass: (call) => call() };

function provider({ model = 'some-model', dimensions = 64, gate = open } = {}) {
  const endpoint = { baseUrl: fake.baseUrl, apiKey: FAKE_KEY };
  const api = openProviderApi({ endpoint, timeoutMs: 5_000, gate });
  return openOpenAiEmbedding({ api, model, dimensions });
}

describeEmbedding('an endpoint that speaks OpenAI', async () => provider());

const vectors = (change: (data: { index: number; embedding: number[] }[]) => unknown) =>
  ((answer: FakeAnswer) => ({ ...answer, data: change(answer.data ?? []) })) satisfies Fault;

describe('embeddings by an endpoint', () => {
  it('of texts that come at the same time are one call', async () => {
    const asked = provider();
    const texts = ['a boat', 'a hill', 'a boat', 'a cat'];
    const all = await Promise.all(texts.map((text) => asked.embed([text], {})));
    expect(fake.calls).toHaveLength(1);
    expect(fake.calls[0]?.body).toMatchObject({ input: texts, encoding_format: 'float' });
    expect(all[0]).toEqual(all[2]);
    expect(all[0]).not.toEqual(all[1]);
  });

  it('takes along who comes while a call waits for its turn', async () => {
    const held = heldGate();
    const gate: CallGate = {
      pass: async (call) => {
        await held.pass();
        return call();
      },
    };
    const asked = provider({ gate });
    const first = asked.embed(['early'], {});
    await expect.poll(() => held.waiting).toBe(1);
    const second = asked.embed(['late'], {});
    held.open();
    await Promise.all([first, second]);
    expect(fake.calls.map(({ texts }) => texts)).toEqual([2]);
  });

  it('go on for the others when one caller leaves', async () => {
    const asked = provider();
    const stop = new AbortController();
    const leaving = expect(asked.embed(['x'], { signal: stop.signal })).rejects.toThrow('gone');
    const staying = asked.embed(['y'], {});
    stop.abort(new Error('gone'));
    await leaving;
    expect(await staying).toHaveLength(1);
    expect(fake.calls[0]?.body.input).toEqual(['y']);
  });

  it('may come in any order', async () => {
    const plain = await provider().embed(['a', 'b', 'c'], {});
    fake.fail(vectors((data) => data.reverse()));
    expect(await provider().embed(['a', 'b', 'c'], {})).toEqual(plain);
  });

  it.each<[string, Fault]>([
    ['of another length', vectors((data) => data.map((it) => ({ ...it, embedding: [1, 2] })))],
    ['with a hole', vectors((data) => data.map((it) => ({ ...it, embedding: [null] })))],
    [
      'of zeros',
      vectors((data) => data.map((it) => ({ ...it, embedding: it.embedding.map(() => 0) }))),
    ],
    ['too few', vectors(() => [])],
    ['twice the same', vectors((data) => data.map((it) => ({ ...it, index: 0 })))],
    ['in base64', vectors((data) => data.map((it) => ({ ...it, embedding: 'AAAA' })))],
  ])('are refused when they are %s', async (_what, fault) => {
    fake.fail(fault);
    await expect(provider().embed(['a', 'b'], {})).rejects.toMatchObject({
      kind: 'ProviderAnswerInvalid',
    });
  });

  it('leave out only the text that is refused', async () => {
    fake.fail({ status: 400 }, { status: 400 });
    const asked = provider();
    const [bad, good] = await Promise.allSettled([asked.embed(['a'], {}), asked.embed(['b'], {})]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { kind: 'ProviderRefused' } });
    expect(good.status).toBe('fulfilled');
  });

  it('tell Nomic what a text is for', async () => {
    const asked = provider({ model: 'nomic-embed-text:v1.5', dimensions: 64 });
    await asked.embed(['boats'], { purpose: 'query' });
    await asked.embed(['a boat'], {});
    expect(fake.calls.map(({ body }) => body.input)).toEqual([
      ['search_query: boats'],
      ['search_document: a boat'],
    ]);
  });

  it('are shortened where the model can, and then are of a model of their own', async () => {
    const [vector] = await provider({ model: 'text-embedding-3-small', dimensions: 100 }).embed(
      ['a'],
      {},
    );
    expect(vector).toHaveLength(100);
    expect(fake.calls[0]?.body.dimensions).toBe(100);
    expect(embeddingSource({ model: 'text-embedding-3-small' }).model).toBe(
      'text-embedding-3-small',
    );
    expect(embeddingSource({ model: 'text-embedding-3-small', dimensions: 100 }).model).toBe(
      'text-embedding-3-small@100',
    );
  });
});
