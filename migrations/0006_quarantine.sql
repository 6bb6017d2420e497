DROP INDEX "images_unfinished";--> statement-breakpoint
ALTER TABLE "backfill_runs" ADD COLUMN "concurrency" integer;--> statement-breakpoint
ALTER TABLE "backfill_runs" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "backfill_runs" ADD COLUMN "paused_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "quarantine_rules" text;--> statement-breakpoint
CREATE INDEX "images_unfinished" ON "images" USING btree ("id") WHERE deleted_at is null and (not variants_ready or variants_state <> 'done' or metadata_state <> 'done' or embedding_state <> 'done');