CREATE TABLE "generation_jobs" (
	"id" uuid PRIMARY KEY DEFAULT darkroom_uuid() NOT NULL,
	"owner_id" text NOT NULL,
	"prompt" text,
	"negative_prompt" text,
	"provider" text,
	"backend" text,
	"model" text,
	"model_version" text,
	"width" integer DEFAULT 1024 NOT NULL,
	"height" integer DEFAULT 1024 NOT NULL,
	"steps" integer,
	"guidance_scale" double precision,
	"seed" bigint,
	"source_image" text,
	"strength" double precision,
	"style" text,
	"format" text DEFAULT 'png' NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer DEFAULT 3 NOT NULL,
	"timeout_seconds" integer DEFAULT 300 NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"progress" integer DEFAULT 0 NOT NULL,
	"attempt_number" integer DEFAULT 0 NOT NULL,
	"ordered_at" timestamp with time zone,
	"prediction_id" text,
	"image_id" uuid,
	"failure_kind" text,
	"failure_message" text,
	"usage" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"dispatched_at" timestamp with time zone,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"duration_ms" bigint,
	"cancel_requested_at" timestamp with time zone,
	CONSTRAINT "generation_jobs_status" CHECK (status in ('pending', 'processing', 'downloading', 'completed', 'failed', 'cancelled')),
	CONSTRAINT "generation_jobs_progress" CHECK (progress between 0 and 100),
	CONSTRAINT "generation_jobs_image" CHECK (status <> 'completed' or image_id is not null)
);
--> statement-breakpoint
ALTER TABLE "generation_jobs" ADD CONSTRAINT "generation_jobs_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "generation_jobs_owner" ON "generation_jobs" USING btree ("owner_id","id");--> statement-breakpoint
CREATE INDEX "generation_jobs_open" ON "generation_jobs" USING btree ("id") WHERE status in ('pending', 'processing', 'downloading');--> statement-breakpoint
CREATE INDEX "generation_jobs_waiting" ON "generation_jobs" USING btree ("priority" DESC NULLS LAST,"id") WHERE status = 'pending' and dispatched_at is null;--> statement-breakpoint
CREATE INDEX "generation_jobs_prediction" ON "generation_jobs" USING btree ("prediction_id");--> statement-breakpoint
CREATE INDEX "generation_jobs_image_id" ON "generation_jobs" USING btree ("image_id");