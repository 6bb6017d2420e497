import { Option, type Command } from 'commander';
import type { DeliveryRecord } from '../catalog/deliveries.js';
import type { EndpointRecord } from '../catalog/endpoints.js';
import { DELIVERY_STATES, type DeliveryState } from '../domain/events.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { positiveNumber } from './options.js';
import { table } from './print.js';

export function addWebhooks(program: Command, context: CommandContext): void {
  const webhooks = program.command('webhooks').description('who is told of events');
  addCreate(webhooks, context);
  addList(webhooks, context);
  addDeliveries(webhooks, context);

  const byId = (name: string, description: string) =>
    webhooks.command(name).description(description).argument('<endpoint-id>');

  byId('remove', 'end its deliveries and forget it').action(
    (id: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.webhooks.remove(id);
        print.result({ id, removed: true }, () => `${id} removed`);
        return EXIT.done;
      }),
  );
  byId('enable', 'tell an endpoint of events again that had answered 410').action(
    (id: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.webhooks.enable(id);
        print.result({ id, enabled: true }, () => `${id} enabled`);
        return EXIT.done;
      }),
  );
  byId('test', 'send it an event to see whether it arrives').action(
    (id: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const sent = await darkroom.webhooks.test(id);
        print.result(sent, () => `${sent.deliveryId} is on its way: darkroom webhooks deliveries`);
        return EXIT.done;
      }),
  );
  webhooks
    .command('resend')
    .description('deliver an event again, under the same id')
    .argument('<delivery-id>')
    .action((id: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.webhooks.resend(id);
        print.result({ id, resent: true }, () => `${id} is on its way again`);
        return EXIT.done;
      }),
    );
}

interface AddOptions {
  events?: string[];
  owner?: string;
  admin?: boolean;
}

function addCreate(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('add')
    .description('register an endpoint; its secret is shown this once')
    .argument('<url>', 'https:, or log: for lines in the log of the worker')
    .option('--events <events>', 'which, separated by commas', (text) =>
      text.split(',').map((event) => event.trim()),
    )
    .option('--owner <owner>', 'whose images it is told of; without it all owners')
    .option('--admin', 'for administrators: failures grouped, and runs that ended')
    .action((url: string, { events, owner, admin }: AddOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const created = await darkroom.webhooks.create({
          url,
          ...(events !== undefined && { events }),
          ...(owner !== undefined && { ownerId: owner }),
          ...(admin !== undefined && { admin }),
        });
        print.result(created, () => `${created.id}\n${created.secret}`);
        return EXIT.done;
      }),
    );
}

function addList(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('list')
    .description('every endpoint, without its secret')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const all = await darkroom.webhooks.list();
        print.result(all, () =>
          all.length === 0
            ? 'There are no endpoints yet; try: darkroom webhooks add https://example.com/hook'
            : table([['ENDPOINT', 'ADDRESS', 'OWNER', 'EVENTS', ''], ...all.map(endpointRow)]),
        );
        return EXIT.done;
      }),
    );
}

interface ListOptions {
  state?: DeliveryState;
  endpoint?: string;
  limit: number;
}

function addDeliveries(webhooks: Command, context: CommandContext): void {
  webhooks
    .command('deliveries')
    .description('events and what came of them, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(DELIVERY_STATES))
    .option('--endpoint <endpoint-id>', 'only those of one endpoint')
    .option('--limit <n>', 'how many', positiveNumber, 50)
    .action(({ state, endpoint, limit }: ListOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const found = await darkroom.webhooks.deliveries({
          limit,
          ...(state !== undefined && { state }),
          ...(endpoint !== undefined && { endpointId: endpoint }),
        });
        const head = ['DELIVERY', 'EVENT', 'ADDRESS', 'STATE', 'TRIES', 'LAST ANSWER'];
        print.result(found, () =>
          found.length === 0
            ? 'There are no such deliveries.'
            : table([head, ...found.map(deliveryRow)]),
        );
        return EXIT.done;
      }),
    );
}

function endpointRow({ id, url, ownerId, events, disabledBecause }: EndpointRecord) {
  const state = disabledBecause === undefined ? '' : `disabled: ${disabledBecause}`;
  return [id, url, ownerId ?? 'all', events.join(','), state];
}

function deliveryRow({ id, type, url, state, attempts, ...last }: DeliveryRecord) {
  return [id, type, url, state, attempts, last.lastError ?? last.lastStatus ?? ''];
}
