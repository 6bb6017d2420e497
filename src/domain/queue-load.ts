/** What one worker has of one queue. */
export interface QueueLoad {
  running: number;
  slots: number;
  /** How long the tasks that it began in the last minute had waited, at the median; absent: none. */
  scheduleToStartMs?: number;
}
