CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT darkroom_uuid() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"type" text NOT NULL,
	"about" text NOT NULL,
	"payload" json NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_status" integer,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_attempt_at" timestamp with time zone,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp with time zone,
	CONSTRAINT "webhook_deliveries_state" CHECK (state in ('pending', 'delivered', 'dead'))
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY DEFAULT darkroom_uuid() NOT NULL,
	"owner_id" text,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"events" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	"disabled_because" text
);
--> statement-breakpoint
CREATE TABLE "webhook_failures" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_failures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"endpoint_id" uuid NOT NULL,
	"image_id" uuid NOT NULL,
	"owner_id" text NOT NULL,
	"file_name" text NOT NULL,
	"kind" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_failures" ADD CONSTRAINT "webhook_failures_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_about" ON "webhook_deliveries" USING btree ("about") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_next_attempt" ON "webhook_deliveries" USING btree ("next_attempt_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_endpoint" ON "webhook_deliveries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_dead" ON "webhook_deliveries" USING btree ("id") WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX "webhook_failures_endpoint" ON "webhook_failures" USING btree ("endpoint_id","id");--> statement-breakpoint
-- Events are written by triggers, in the transaction of what happened: nobody who changes a row can
-- forget them, and none is told of what was rolled back. Without endpoints they write nothing.
CREATE FUNCTION darkroom_instant(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
--> statement-breakpoint
-- The endpoints are locked, because one that is removed meanwhile must not fail the work on an image.
CREATE FUNCTION darkroom_tell(event text, subject text, owner text, data json) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO webhook_deliveries (endpoint_id, type, about, payload)
  SELECT endpoint.id, event, subject, data FROM webhook_endpoints endpoint
  WHERE disabled_at IS NULL AND event = ANY (events) AND (owner_id IS NULL OR owner_id = owner)
  ORDER BY endpoint.id FOR KEY SHARE
$$;
--> statement-breakpoint
CREATE FUNCTION darkroom_image_failures(image images) RETURNS TABLE (step text, failure jsonb)
LANGUAGE sql IMMUTABLE AS $$
  SELECT * FROM (VALUES
    ('variants', image.variants_failure),
    ('metadata', image.metadata_failure),
    ('embedding', image.embedding_failure)
  ) AS steps (step, failure)
  WHERE steps.failure IS NOT NULL
$$;
--> statement-breakpoint
CREATE FUNCTION darkroom_image_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM darkroom_tell('image.' || new.status, new.id::text, new.owner_id, json_build_object(
    'imageId', new.id,
    'ownerId', new.owner_id,
    'fileName', new.file_name,
    'status', new.status,
    'variantsReady', new.variants_ready,
    'readyMaxWidth', new.ready_max_width,
    'width', new.width_px,
    'height', new.height_px,
    'quarantined', new.quarantined_at IS NOT NULL,
    'failures', (
      SELECT coalesce(json_agg(json_build_object(
        'step', step,
        'kind', failure ->> 'kind',
        'message', left(failure ->> 'message', 1000),
        'at', failure ->> 'at'
      )), '[]') FROM darkroom_image_failures(new)
    )
  ));
  IF new.status = 'failed' THEN
    INSERT INTO webhook_failures (endpoint_id, image_id, owner_id, file_name, kind)
    SELECT endpoint.id, new.id, new.owner_id, new.file_name, (
      SELECT failure ->> 'kind' FROM darkroom_image_failures(new)
      ORDER BY failure ->> 'at' DESC LIMIT 1
    )
    FROM webhook_endpoints endpoint
    WHERE disabled_at IS NULL AND 'failures.grouped' = ANY (events)
    ORDER BY endpoint.id FOR KEY SHARE;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- A failed image that is tried again may fail before anything says that it is being processed. Work
-- that was cancelled leaves the row as it is, but for the status: that is no news.
CREATE TRIGGER images_ended AFTER UPDATE OF status ON images FOR EACH ROW
WHEN (
  new.status IN ('completed', 'failed')
  AND new.updated_at IS DISTINCT FROM old.updated_at
  AND (
    new.status IS DISTINCT FROM old.status
    OR new.status = 'failed' AND (
      new.variants_failure IS DISTINCT FROM old.variants_failure
      OR new.metadata_failure IS DISTINCT FROM old.metadata_failure
      OR new.embedding_failure IS DISTINCT FROM old.embedding_failure
    )
  )
)
EXECUTE FUNCTION darkroom_image_ended();
--> statement-breakpoint
CREATE FUNCTION darkroom_image_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM darkroom_tell('image.deleted', new.id::text, new.owner_id, json_build_object(
    'imageId', new.id,
    'ownerId', new.owner_id,
    'fileName', new.file_name,
    'deletedAt', darkroom_instant(new.deleted_at)
  ));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER images_deleted AFTER UPDATE OF deleted_at ON images FOR EACH ROW
WHEN (old.deleted_at IS NULL AND new.deleted_at IS NOT NULL)
EXECUTE FUNCTION darkroom_image_deleted();
--> statement-breakpoint
CREATE FUNCTION darkroom_run_finished() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM darkroom_tell('run.finished', new.id, NULL, json_build_object(
    'runId', new.id,
    'scope', new.scope,
    'steps', new.steps,
    'status', new.status,
    'total', new.total,
    'done', new.done,
    'failed', new.failed,
    'startedBy', new.started_by,
    'startedAt', darkroom_instant(new.started_at),
    'finishedAt', darkroom_instant(new.finished_at),
    'failure', new.failure
  ));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER backfill_runs_finished AFTER UPDATE OF finished_at ON backfill_runs FOR EACH ROW
WHEN (old.finished_at IS NULL AND new.finished_at IS NOT NULL)
EXECUTE FUNCTION darkroom_run_finished();
