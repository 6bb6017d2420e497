CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY DEFAULT darkroom_uuid() NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"owner_id" text,
	"sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_tokens_sha256_unique" UNIQUE("sha256"),
	CONSTRAINT "api_tokens_role" CHECK (role in ('admin', 'owner')),
	CONSTRAINT "api_tokens_owner" CHECK ((role = 'owner') = (owner_id is not null))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"token_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_sha256" text NOT NULL,
	"status" integer,
	"body" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_token_id_key_pk" PRIMARY KEY("token_id","key")
);
--> statement-breakpoint
ALTER TABLE "backfill_runs" ADD COLUMN "started_by" text;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "color_names" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "ready_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_token_id_api_tokens_id_fk" FOREIGN KEY ("token_id") REFERENCES "public"."api_tokens"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "images_owner" ON "images" USING btree ("owner_id","id");--> statement-breakpoint
CREATE INDEX "images_tags" ON "images" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "images_color_names" ON "images" USING gin ("color_names");--> statement-breakpoint
CREATE INDEX "images_ready_at" ON "images" USING btree ("ready_at");