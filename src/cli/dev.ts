import type { Command } from 'commander';
import { fakeSettings, startFakeOpenAi } from '../dev/fake-openai.js';
import { fakeReplicateSettings, startFakeReplicate } from '../dev/fake-replicate.js';
import { listenForStop } from '../dev/stop-signal.js';
import { EXIT, checkOwnEnvironment, loadStack, type CommandContext } from './command-context.js';
import { openPrint } from './print.js';
import { whereEverythingIs, whereInWords } from './where.js';

interface DevOptions {
  worker: boolean;
  fakeProviders?: boolean;
}

export function addDev(program: Command, context: CommandContext): void {
  program
    .command('dev')
    .description('Temporal, database, storage and a worker on this machine, until Ctrl-C')
    .option('--no-worker', 'without the worker, for one that reloads: npm run dev:worker')
    .option(
      '--fake-providers',
      'describe, embed and make pictures by fakes that speak the protocols of OpenAI and Replicate',
    )
    .action(async ({ worker: withWorker, fakeProviders }: DevOptions, command: Command) => {
      const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
      const say = (line: string) => void process.stderr.write(`${line}\n`);
      checkOwnEnvironment(context);
      using stop = listenForStop(say);
      const { openStack } = await loadStack();
      await using openAi = fakeProviders ? await startFakeOpenAi() : undefined;
      await using replicate = fakeProviders ? await startFakeReplicate() : undefined;
      const fakes = {
        ...(openAi && fakeSettings(openAi)),
        ...(replicate && fakeReplicateSettings(replicate)),
      };
      await using stack = await openStack({
        ...{
          dataDir: context.dataDir,
          env: { ...context.ownEnv, ...fakes },
          worker: withWorker,
          server: true,
          say,
          signal: stop.signal,
        },
        onRestart: (name, { because, pid }) =>
          say(`${name} ended (${because}), started again as ${pid}`),
      });
      const where = whereEverythingIs(stack);
      print.result(where, () => whereInWords(where));
      await stop.stopped;
      context.setExit(EXIT.done);
    });
}
