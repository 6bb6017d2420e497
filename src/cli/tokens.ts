import { Option, type Command } from 'commander';
import type { Role } from '../domain/caller.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { table } from './print.js';

interface CreateOptions {
  role: Role;
  owner?: string;
  name: string;
}

export function addTokens(program: Command, context: CommandContext): void {
  const tokens = program.command('tokens').description('who may call the HTTP API');

  tokens
    .command('create')
    .description('make a token; it is shown this once')
    .addOption(
      new Option('--role <role>', 'everything, or the images of one owner')
        .choices(['admin', 'owner'])
        .makeOptionMandatory(),
    )
    .option('--owner <owner>', 'whose images, for the role owner')
    .requiredOption('--name <name>', 'who uses it; two of one name may be in use')
    .action(({ role, owner, name }: CreateOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const token = { name, role, ...(owner !== undefined && { ownerId: owner }) };
        const created = await darkroom.tokens.create(token);
        print.result(created, () => created.token);
        return EXIT.done;
      }),
    );

  tokens
    .command('list')
    .description('every token, without what it says')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const all = await darkroom.tokens.list();
        const rows = all.map((it) => [
          it.id,
          it.name,
          it.role,
          it.ownerId ?? '',
          it.lastUsedAt?.toISOString().slice(0, 16).replace('T', ' ') ?? 'never',
          it.revokedAt === undefined ? '' : 'revoked',
        ]);
        print.result(all, () =>
          all.length === 0
            ? 'There are no tokens yet; try: darkroom tokens create --role admin --name me'
            : table([['TOKEN', 'NAME', 'ROLE', 'OWNER', 'USED', ''], ...rows]),
        );
        return EXIT.done;
      }),
    );

  tokens
    .command('revoke')
    .description('end a token at once')
    .argument('<token-id>')
    .action((id: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.tokens.revoke(id);
        print.result({ id, revoked: true }, () => `${id} revoked`);
        return EXIT.done;
      }),
    );
}
