-- Look-ups that read whole tables in a library of a million: each is for rows that are few among many.
CREATE INDEX "idempotency_keys_unanswered" ON "idempotency_keys" USING btree ("created_at") WHERE status is null;--> statement-breakpoint
CREATE INDEX "images_sha256" ON "images" USING btree ("sha256") WHERE sha256 is not null;--> statement-breakpoint
CREATE INDEX "images_failed" ON "images" USING btree ("id") WHERE deleted_at is null and status = 'failed';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_delivered" ON "webhook_deliveries" USING btree ("created_at") WHERE state = 'delivered';--> statement-breakpoint
CREATE INDEX "generation_jobs_failed" ON "generation_jobs" USING btree ("id") WHERE status = 'failed';