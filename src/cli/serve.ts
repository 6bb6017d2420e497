import { Option, type Command } from 'commander';
import { loadConfig } from '../config/config.js';
import { EXIT, type CommandContext } from './command-context.js';
import { portNumber } from './options.js';
import { runProgram, type Ready } from './run-program.js';

export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the HTTP API and the pages until SIGTERM')
    .addOption(new Option('--port <port>', 'in place of HTTP_PORT').argParser(portNumber))
    .option('--host <host>', 'in place of HTTP_HOST')
    .action(async ({ port, host }: { port?: number; host?: string }) => {
      const env = {
        ...context.env,
        ...(port !== undefined && { HTTP_PORT: String(port) }),
        ...(host !== undefined && { HTTP_HOST: host }),
      };
      // Said here, because the server's own exit code would not tell it from a crash.
      const { httpHost, httpPort } = loadConfig(env);
      const onReady = ({ port: taken = httpPort }: Ready) =>
        void process.stderr.write(`listening on http://${httpHost}:${taken}\n`);
      const code = await runProgram('http/server.js', env, onReady);
      context.setExit(code === 0 ? EXIT.done : EXIT.failed);
    });
}
