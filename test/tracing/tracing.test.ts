import { describe, expect, it, vi } from 'vitest';
import { picture } from '../support/pictures.js';
import { startTestStack } from '../support/stack.js';
import { startCollector, type Span } from './collector.js';

describe('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it(
    'the upload, the workflow and every step of one image are one trace',
    { timeout: 120_000 },
    async () => {
      await using collector = await startCollector();
      await using test = await startTestStack({
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_SERVICE_NAME: '',
      });
      const bytes = await picture({ format: 'jpeg', widthPx: 1200, heightPx: 800 });
      const { id } = await test.darkroom.upload({
        ownerId: 'default',
        fileName: 'harbour.jpg',
        body: bytes,
      });

      const named = (name: string): Span[] => collector.spans.filter((span) => span.name === name);
      // An image that an earlier test left on the same Temporal server may end here as well, in a trace
      // of its own; a span that lost its way out of this trace is missing below.
      const ofUpload = (name: string): Span[] => {
        const [upload] = named('SignalWithStartWorkflow:processImage');
        return named(name).filter(({ traceId }) => traceId === upload?.traceId);
      };
      // The workflow's own span is its last; what ended before it was sent before it or with it.
      await vi.waitUntil(
        () =>
          ofUpload('RunWorkflow:processImage').length > 0 &&
          ofUpload('RunActivity:embedImage').length > 0,
        { timeout: 60_000, interval: 50 },
      );
      await expect(test.darkroom.image(id)).resolves.toMatchObject({ status: 'completed' });

      const [started] = named('SignalWithStartWorkflow:processImage');
      const [ran] = ofUpload('RunWorkflow:processImage');
      expect(ran).toMatchObject({ parentSpanId: started?.spanId });
      for (const [step, count] of Object.entries({
        prepareOriginal: 1,
        renderTier: 3,
        describeImage: 1,
        embedImage: 1,
      })) {
        const scheduled = ofUpload(`StartActivity:${step}`);
        const performed = ofUpload(`RunActivity:${step}`);
        expect([step, scheduled.length, performed.length]).toEqual([step, count, count]);
        for (const span of performed) {
          expect(span.service).toBe('darkroom');
          expect(scheduled.map(({ spanId }) => spanId)).toContain(span.parentSpanId);
        }
        for (const { parentSpanId } of scheduled) expect(parentSpanId).toBe(ran?.spanId);
      }
      expect([...collector.paths]).toEqual(['/v1/traces']);
    },
  );
});
