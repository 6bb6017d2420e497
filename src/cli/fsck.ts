import type { Command } from 'commander';
import { counted } from '../domain/counted.js';
import type { FsckReport } from '../domain/fsck.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { bytes } from './print.js';

export function addFsck(program: Command, context: CommandContext): void {
  program
    .command('fsck')
    .description('compare catalog and storage both ways; exit code 3 when something is left wrong')
    .option('--repair', 'make again what is missing or damaged, delete what no image needs')
    .option('--quick', 'compare sizes only, without reading what is stored')
    .action((options: { repair?: boolean; quick?: boolean }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const report = await darkroom.fsck(options);
        print.result(report, () => inWords(report, options.repair ?? false));
        return leftWrong(report, options.repair ?? false) ? EXIT.finishedWithFailures : EXIT.done;
      }),
    );
}

function leftWrong({ missing, damaged, beyondRepair }: FsckReport, repaired: boolean): boolean {
  return (repaired ? beyondRepair : missing + damaged) > 0;
}

function inWords(report: FsckReport, repaired: boolean): string {
  const { images, objects, missing, damaged, findings, repairing, beyondRepair } = report;
  const { orphans, orphanBytes, orphansDeleted } = report;
  const untold = missing + damaged - findings.length;
  return [
    ...findings.map(
      ({ damage, kind, key, fileName }) => `${damage}: ${kind} ${key} of ${fileName}`,
    ),
    ...(untold > 0 ? [`and ${untold} more`] : []),
    `${counted(objects, 'object')} of ${counted(images, 'image')}: ${missing} missing, ${damaged} damaged`,
    `${counted(orphans, 'object')} that no image needs (${bytes(orphanBytes)}), ${orphansDeleted} deleted`,
    ...(repaired ? [`${counted(repairing, 'image is', 'images are')} being made again`] : []),
    ...(beyondRepair > 0
      ? [
          `${counted(beyondRepair, 'original is', 'originals are')} gone for good, unless you have a copy`,
        ]
      : []),
    ...(!repaired && missing + damaged + orphans > 0 ? ['To repair: darkroom fsck --repair'] : []),
  ].join('\n');
}
