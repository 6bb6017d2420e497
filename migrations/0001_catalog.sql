CREATE TABLE "backfill_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"workflow_id" text NOT NULL,
	"scope" text NOT NULL,
	"steps" text[] NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"total" integer NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"failure" jsonb,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "image_embeddings" (
	"image_id" uuid NOT NULL,
	"model" text NOT NULL,
	"dims" integer NOT NULL,
	"modality" text DEFAULT 'text' NOT NULL,
	"vector" vector NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_embeddings_image_id_model_pk" PRIMARY KEY("image_id","model")
);
--> statement-breakpoint
CREATE TABLE "image_variants" (
	"image_id" uuid NOT NULL,
	"image_key" text NOT NULL,
	"recipe" text NOT NULL,
	"tier" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"format" text NOT NULL,
	"key" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_variants_image_id_image_key_width_format_pk" PRIMARY KEY("image_id","image_key","width","format")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"id" uuid PRIMARY KEY DEFAULT darkroom_uuid() NOT NULL,
	"owner_id" text NOT NULL,
	"original" text NOT NULL,
	"file_name" text NOT NULL,
	"sha256" text,
	"size_bytes" bigint,
	"media_type" text,
	"width_px" integer,
	"height_px" integer,
	"placeholder" text,
	"brightness" double precision,
	"colors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"camera" jsonb,
	"preview_key" text,
	"image_key" text,
	"recipe" text,
	"formats" text[] DEFAULT '{}' NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"ready_max_width" integer DEFAULT 0 NOT NULL,
	"variants_ready" boolean DEFAULT false NOT NULL,
	"requested_steps" text[] DEFAULT '{"variants","metadata","embedding"}' NOT NULL,
	"variants_state" text DEFAULT 'pending' NOT NULL,
	"variants_failure" jsonb,
	"metadata_state" text DEFAULT 'pending' NOT NULL,
	"metadata_source" jsonb,
	"metadata_failure" jsonb,
	"embedding_state" text DEFAULT 'pending' NOT NULL,
	"embedding_source" jsonb,
	"embedding_failure" jsonb,
	"description" text,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"category" text,
	"dominant_colors" text[] DEFAULT '{}' NOT NULL,
	"mood" text,
	"quarantined_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "images_owner_original" UNIQUE("owner_id","original"),
	CONSTRAINT "images_status" CHECK (status in ('pending', 'processing', 'completed', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "run_failures" (
	"run_id" text NOT NULL,
	"image_id" uuid NOT NULL,
	"step" text NOT NULL,
	"kind" text NOT NULL,
	"message" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "run_failures_run_id_image_id_step_pk" PRIMARY KEY("run_id","image_id","step")
);
--> statement-breakpoint
ALTER TABLE "image_embeddings" ADD CONSTRAINT "image_embeddings_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_variants" ADD CONSTRAINT "image_variants_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_failures" ADD CONSTRAINT "run_failures_run_id_backfill_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."backfill_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_failures" ADD CONSTRAINT "run_failures_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "images_unfinished" ON "images" USING btree ("id") WHERE deleted_at is null and quarantined_at is null and (not variants_ready or metadata_state <> 'done' or embedding_state <> 'done');