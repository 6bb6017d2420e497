/** Tries that ended. Whoever cancelled one is not told of a failure. */
export interface Ended {
  completed: number;
  failed: number;
}

/** What a queue had done lately. */
export interface QueueHistory extends Ended {
  /** Tries that ended in each minute, oldest first; the newest is still filling. */
  perMinute: number[];
}

/** What one worker has of one queue. */
export interface QueueLoad {
  running: number;
  slots: number;
  /** How long the tasks that it began in the last minute had waited, at the median; absent: none. */
  scheduleToStartMs?: number;
}
