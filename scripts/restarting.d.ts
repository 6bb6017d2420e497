import type { ChildProcess } from 'node:child_process';
export declare function restarting(start: () => ChildProcess): {
  restart(): void;
  stop(): Promise<void>;
};
