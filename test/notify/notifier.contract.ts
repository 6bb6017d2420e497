import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Notifier, OutgoingEvent, Recipient } from '../../src/notify/notify.js';
import { newSecret } from '../../src/notify/sign.js';

export interface OpenedNotifier {
  notifier: Notifier;
  recipient: Recipient;
  /** What has arrived so far, as id and body. */
  arrived: () => { id: string; event: unknown }[];
}

export function outgoing(more: Partial<OutgoingEvent> = {}): OutgoingEvent {
  const at = new Date('2026-01-02T03:04:05.678Z');
  return { id: randomUUID(), type: 'image.deleted', at, data: { imageId: 'é"1' }, ...more };
}

export const forSecret = (url: string): Recipient => ({ url, secret: newSecret() });

/** What every Notifier promises. */
export function describeNotifier(name: string, open: () => Promise<OpenedNotifier>): void {
  describe(`events by ${name}`, () => {
    const { signal } = new AbortController();

    it('arrive with id, type, time and data', async () => {
      const { notifier, recipient, arrived } = await open();
      const event = outgoing();
      const answer = await notifier.send(event, recipient, { signal });
      expect(answer.status).toBeGreaterThanOrEqual(200);
      expect(answer.status).toBeLessThan(300);
      const { type, at, data } = event;
      expect(arrived()).toEqual([
        { id: event.id, event: { type, timestamp: at.toISOString(), data } },
      ]);
    });

    it('are not sent when that was called off', async () => {
      const { notifier, recipient, arrived } = await open();
      const off = AbortSignal.abort(new Error('called off'));
      const sending = notifier.send(outgoing(), recipient, { signal: off });
      await expect(sending).rejects.toThrow('called off');
      expect(arrived()).toEqual([]);
    });
  });
}
