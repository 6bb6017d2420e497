ALTER TABLE "generation_jobs" ADD COLUMN "woken_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "generation_jobs_priority" ON "generation_jobs" USING btree ("priority") WHERE status = 'pending' and dispatched_at is not null;
--> statement-breakpoint
CREATE FUNCTION darkroom_generation_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM darkroom_tell('generation.' || new.status, new.id::text, new.owner_id, json_build_object(
    'generationId', new.id,
    'ownerId', new.owner_id,
    'status', new.status,
    'prompt', left(new.prompt, 1000),
    'provider', new.provider,
    'model', new.model,
    'imageId', new.image_id,
    'attempts', new.attempt_number,
    'durationMs', new.duration_ms,
    'usage', new.usage,
    'failure', CASE WHEN new.failure_kind IS NOT NULL THEN json_build_object(
      'kind', new.failure_kind,
      'message', left(new.failure_message, 1000)
    ) END
  ));
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Whoever cancelled knows it.
CREATE TRIGGER generation_jobs_told AFTER UPDATE OF status ON generation_jobs FOR EACH ROW
WHEN (new.status IN ('completed', 'failed') AND new.status IS DISTINCT FROM old.status)
EXECUTE FUNCTION darkroom_generation_ended();
