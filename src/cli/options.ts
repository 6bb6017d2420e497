import { InvalidArgumentError, Option, type Command } from 'commander';
import { STEPS, type Step } from '../domain/image.js';

/** Parsers for command-line options; what they throw is shown beside the option. */
export function positiveNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

/** A day (its beginning, in UTC) or a time. */
export function moment(text: string): Date {
  const at = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It must be a day like 2026-01-31, or a time.');
}

export function stepList(text: string): Step[] {
  const steps = text.split(',').map((step) => step.trim());
  const unknown = steps.find((step) => !STEPS.some((known) => known === step));
  if (unknown === undefined) return STEPS.filter((step) => steps.includes(step));
  throw new InvalidArgumentError(`"${unknown}" is no step; there are ${STEPS.join(', ')}.`);
}

/** Whatever it is called on the command line, it is one thing in the program. */
class OwnerOption extends Option {
  override attributeName(): string {
    return 'ownerId';
  }
}

/** `--owner`, also under the name that some commands had for it first: scripts may use it. */
export function withOwner(command: Command, says: string): Command {
  return command
    .addOption(new OwnerOption('--owner <owner>', says))
    .addOption(new OwnerOption('--owner-id <owner>', says).hideHelp());
}
