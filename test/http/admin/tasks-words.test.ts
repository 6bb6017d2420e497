import { describe, expect, it } from 'vitest';
import type { BackfillPreview, FailureGroup } from '../../../src/client.js';
import { failureOf, type FailureKind } from '../../../src/domain/failures.js';
import type { Run } from '../../../src/domain/runs.js';
import { markup } from '../../../src/http/admin/show-page.js';
import { FailureGroups } from '../../../src/http/admin/tasks/failure-groups.js';
import { StartForm } from '../../../src/http/admin/tasks/start-form.js';

const RUN: Run = {
  ...{ id: 'run', scope: 'all', steps: ['metadata'], status: 'succeeded_with_failures' },
  ...{ total: 1, done: 0, failed: 1, pausedMs: 0, startedAt: new Date(0) },
};

describe('a failure of a provider', () => {
  const says = (kind: FailureKind) => {
    const group: FailureGroup = { kind, says: failureOf(kind).says, count: 1, examples: [] };
    const failed = { run: RUN, groups: [group], views: new Map() };
    return markup(FailureGroups({ failed, idle: true }));
  };

  it.each(['ProviderUnavailable', 'ProviderAnswerInvalid'] as const)(
    'is tried again later when it is %s',
    async (kind) => expect(await says(kind)).toContain('Trying again later may be enough.'),
  );

  it.each([
    ['ContentRejected', 'another model may take it'],
    ['ProviderRefused', 'another model may take it'],
    ['ProviderNotConfigured', 'Configure it'],
    ['ProviderUnauthorized', 'see what is wrong with the provider in Settings'],
  ] as const)('asks for something else than time when it is %s', async (kind, advice) => {
    expect(await says(kind)).toContain(advice);
    expect(await says(kind)).not.toContain('Trying again');
  });
});

describe('a run that may be started', () => {
  const preview = (cost: Partial<BackfillPreview>): BackfillPreview => ({
    ...{ images: 7, scope: 'stale', steps: ['metadata'], providerCalls: 0, bytes: 0 },
    ...cost,
  });
  const says = (cost: Partial<BackfillPreview>) => markup(StartForm({ previews: [preview(cost)] }));

  it('says how often providers are asked, how long it takes and what it stores', async () => {
    expect(await says({ providerCalls: 1_200, minutes: 4, bytes: 2_000_000 })).toContain(
      '1,200 provider calls, about 4 minutes and 2.0 MB',
    );
    expect(await says({ providerCalls: 1 })).toContain('1 provider call, cost not known yet');
    expect(await says({ minutes: 4 })).not.toContain('provider call,');
  });

  it('says that stale is also what another provider made', async () => {
    expect(await says({})).toContain('made with another recipe or by another provider');
  });
});
