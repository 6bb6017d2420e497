CREATE TABLE "metadata_cache" (
	"key" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL,
	"words" jsonb,
	"claimed_by" uuid NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"described_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "provider_limits" (
	"queue" text PRIMARY KEY NOT NULL,
	"rate_per_minute" integer,
	"next_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "provider_limits_rate" CHECK (rate_per_minute > 0)
);
--> statement-breakpoint
CREATE TABLE "provider_states" (
	"step" text PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"failure" jsonb,
	"opened_at" timestamp with time zone,
	"probe_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "worker_beats" (
	"identity" text PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"queues" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "metadata_cache_sha256" ON "metadata_cache" USING btree ("sha256");