import { defineSignal } from '@temporalio/workflow';

export interface DeliverWebhookInput {
  deliveryId: string;
  /** Between one try and the next; as in policies.ts by default. */
  waitsSeconds?: number[];
}

/** Every field has a default, so `temporal workflow start` works with no input. */
export interface FailureDigestInput {
  /** How long failures are collected; a minute by default. */
  windowSeconds?: number;
}

/** A final failure waits that nobody else has told of. */
export const failureSignal = defineSignal('failure');
