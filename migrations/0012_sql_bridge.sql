-- Rows of before were either processed or left alone on purpose; the default is for those that come.
ALTER TABLE "images" ADD COLUMN "requested_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "images" ALTER COLUMN "requested_at" SET DEFAULT now();--> statement-breakpoint
CREATE INDEX "images_requested" ON "images" USING btree ("requested_at","id") WHERE deleted_at is null and requested_at is not null;
--> statement-breakpoint
-- Hints for the bridge, once a statement and without a payload: the row says what is wanted, and a
-- hint that is lost costs a few seconds. PostgreSQL folds those of one transaction into one.
CREATE FUNCTION darkroom_hint() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('darkroom_requests', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION darkroom_hint_generations() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE status = 'pending' AND dispatched_at IS NULL) THEN
    PERFORM pg_notify('darkroom_requests', '');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER generation_jobs_added AFTER INSERT ON generation_jobs
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION darkroom_hint_generations();
--> statement-breakpoint
CREATE TRIGGER generation_jobs_cancelled AFTER UPDATE OF cancel_requested_at ON generation_jobs
FOR EACH STATEMENT EXECUTE FUNCTION darkroom_hint();
--> statement-breakpoint
CREATE FUNCTION darkroom_hint_images() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  -- What Darkroom adds itself asks for nothing, and an import has hundreds of rows a statement.
  IF EXISTS (SELECT FROM added WHERE requested_at IS NOT NULL) THEN
    PERFORM pg_notify('darkroom_requests', '');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER images_added AFTER INSERT ON images
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION darkroom_hint_images();
--> statement-breakpoint
-- A row at a time, because PostgreSQL lets no statement trigger look at the rows of some columns.
CREATE TRIGGER images_requested AFTER UPDATE OF requested_at ON images
FOR EACH ROW WHEN (NEW.requested_at IS NOT NULL AND NEW.requested_at IS DISTINCT FROM OLD.requested_at)
EXECUTE FUNCTION darkroom_hint();
--> statement-breakpoint
CREATE FUNCTION darkroom_hint_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('darkroom_ended', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER generation_jobs_ended AFTER UPDATE OF status ON generation_jobs
FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status AND NEW.status IN ('completed', 'failed', 'cancelled'))
EXECUTE FUNCTION darkroom_hint_ended();
--> statement-breakpoint
CREATE FUNCTION darkroom_name_provider() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.provider := coalesce(NEW.provider, NEW.backend);
  NEW.backend := NULL;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER generation_jobs_backend BEFORE INSERT OR UPDATE OF backend ON generation_jobs
FOR EACH ROW WHEN (NEW.backend IS NOT NULL) EXECUTE FUNCTION darkroom_name_provider();
--> statement-breakpoint
-- The last part of a key, a path or an address, without its query.
CREATE FUNCTION darkroom_name_file() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  path text := CASE WHEN NEW.original ~* '^https?:' THEN regexp_replace(NEW.original, '[?#].*$', '')
                    ELSE NEW.original END;
BEGIN
  NEW.file_name := coalesce(nullif(regexp_replace(path, '^.*/', ''), ''), NEW.original);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER images_file_name BEFORE INSERT ON images
FOR EACH ROW WHEN (NEW.file_name IS NULL) EXECUTE FUNCTION darkroom_name_file();
--> statement-breakpoint
-- Whose row it is: what the payload says, else what the session or the database was told with
-- SET darkroom.owner or ALTER DATABASE ... SET darkroom.owner.
CREATE FUNCTION darkroom_owner_of(payload jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  owner text := coalesce(nullif(payload ->> 'owner_id', ''), nullif(current_setting('darkroom.owner', true), ''));
BEGIN
  IF owner IS NULL THEN
    RAISE EXCEPTION 'enqueue_job: nobody owns it: the payload has no owner_id, and darkroom.owner is not set'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN owner;
END $$;
--> statement-breakpoint
-- The fields of a payload that columns can hold, and a sentence for each of the others. What a value
-- may be in detail is checked where every other row is checked too.
CREATE FUNCTION darkroom_read_payload(payload jsonb, OUT fields jsonb, OUT problems text[])
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  field record;
BEGIN
  fields := '{}';
  problems := '{}';
  IF jsonb_typeof(payload) IS DISTINCT FROM 'object' THEN
    problems := array['The payload must be a JSON object.'];
    RETURN;
  END IF;
  FOR field IN SELECT key, value, jsonb_typeof(value) AS type FROM jsonb_each(payload) LOOP
    CONTINUE WHEN field.type = 'null';
    CASE
      WHEN field.key IN ('owner_id', 'prompt', 'negative_prompt', 'provider', 'backend', 'model',
                         'model_version', 'source_image', 'style', 'format') THEN
        IF field.type = 'string' THEN
          fields := fields || jsonb_build_object(field.key, field.value);
        ELSE
          problems := problems || format('The field %s must be a text.', field.key);
        END IF;
      WHEN field.key IN ('width', 'height', 'steps', 'seed', 'timeout_seconds') THEN
        IF field.type = 'number' AND (field.value #>> '{}')::numeric % 1 = 0
           AND abs((field.value #>> '{}')::numeric) <= 2147483647 THEN
          fields := fields || jsonb_build_object(field.key, (field.value #>> '{}')::numeric::integer);
        ELSE
          problems := problems || format('The field %s must be a whole number.', field.key);
        END IF;
      WHEN field.key IN ('guidance_scale', 'strength') THEN
        IF field.type = 'number' AND abs((field.value #>> '{}')::numeric) < 1e6 THEN
          fields := fields || jsonb_build_object(field.key, field.value);
        ELSE
          problems := problems || format('The field %s must be a number.', field.key);
        END IF;
      ELSE
        problems := problems || format('There is no field %s.', left(field.key, 60));
    END CASE;
  END LOOP;
END $$;
--> statement-breakpoint
CREATE FUNCTION darkroom_enqueue_generation(payload jsonb, priority integer, max_attempts integer)
RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  asked record;
  columns text;
  id uuid;
BEGIN
  SELECT * INTO asked FROM darkroom_read_payload(payload);
  asked.fields := asked.fields || jsonb_strip_nulls(jsonb_build_object(
    'owner_id', darkroom_owner_of(asked.fields),
    'priority', priority,
    'max_attempts', max_attempts,
    -- The row waits like any other, and whoever checks rows fails it with this and what else is wrong.
    'failure_message', nullif(array_to_string(asked.problems, ' '), '')));
  -- Only the columns that were given: the others keep their defaults.
  SELECT string_agg(quote_ident(key), ', ') INTO columns FROM jsonb_object_keys(asked.fields) key;
  EXECUTE format('INSERT INTO generation_jobs (%1$s) SELECT %1$s FROM jsonb_populate_record(NULL::generation_jobs, $1) RETURNING id', columns)
    INTO id USING asked.fields;
  RETURN id;
END $$;
--> statement-breakpoint
CREATE FUNCTION darkroom_enqueue_image(payload jsonb) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  found_id uuid;
BEGIN
  IF payload ->> 'image_id' IS NOT NULL THEN
    UPDATE images SET requested_at = now()
    WHERE id = (payload ->> 'image_id')::uuid AND deleted_at IS NULL RETURNING id INTO found_id;
  ELSIF payload ->> 'original' IS NOT NULL THEN
    INSERT INTO images AS known (owner_id, original, file_name)
    VALUES (darkroom_owner_of(payload), payload ->> 'original', payload ->> 'file_name')
    ON CONFLICT (owner_id, original) DO UPDATE SET requested_at = now() WHERE known.deleted_at IS NULL
    RETURNING id INTO found_id;
  ELSE
    RAISE EXCEPTION 'enqueue_job: the payload must have image_id or original'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF found_id IS NULL THEN
    RAISE EXCEPTION 'enqueue_job: there is no such image, or it was deleted'
      USING ERRCODE = 'no_data_found';
  END IF;
  RETURN found_id;
END $$;
--> statement-breakpoint
-- What other job tables of this kind offer: a type, a payload, and the id to watch.
CREATE FUNCTION enqueue_job(type text, payload jsonb, priority integer DEFAULT 0, max_attempts integer DEFAULT 3)
RETURNS uuid
LANGUAGE plpgsql AS $$
BEGIN
  CASE translate(lower(type), '_ ', '--')
    WHEN 'generate', 'generate-image', 'generation', 'text2img', 'txt2img', 'text-to-image',
         'img2img', 'image2image', 'image-to-image' THEN
      RETURN darkroom_enqueue_generation(payload, priority, max_attempts);
    WHEN 'process-image', 'process', 'preprocess' THEN
      RETURN darkroom_enqueue_image(payload);
    ELSE
      RAISE EXCEPTION 'enqueue_job: there is no type "%"', type
        USING ERRCODE = 'invalid_parameter_value', HINT = 'There are generate and process-image.';
  END CASE;
END $$;
--> statement-breakpoint
-- True when it had not ended yet; it ends as cancelled within seconds.
CREATE FUNCTION cancel_job(id uuid) RETURNS boolean
LANGUAGE sql AS $$
  WITH asked AS (
    UPDATE generation_jobs SET cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE generation_jobs.id = cancel_job.id AND status IN ('pending', 'processing', 'downloading')
    RETURNING true
  )
  SELECT EXISTS (SELECT FROM asked)
$$;
