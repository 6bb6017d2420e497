/** What a sweep found and did. */
export interface SweepReport {
  /** Images whose deferred steps were started. */
  deferredStarted: number;
  /** Images that nobody worked on although they should be, started again. */
  stuckStarted: number;
  /** Deliveries of events that nobody was at; absent from sweeps of before there were any. */
  deliveriesStarted?: number;
  /** Vectors of models that another has replaced; absent in what was swept before there were any. */
  vectorsRemoved?: number;
  /** Generations that nobody worked on; absent in what was swept before there were any. */
  generationsStarted?: number;
  /** Objects that no image needs; absent when the sweep did not look for them. */
  orphans?: number;
  orphanBytes?: number;
  orphansDeleted?: number;
}
