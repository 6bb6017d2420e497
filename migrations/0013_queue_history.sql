CREATE TABLE "queue_minutes" (
	"queue" text NOT NULL,
	"minute" timestamp with time zone NOT NULL,
	"completed" integer NOT NULL,
	"failed" integer NOT NULL,
	CONSTRAINT "queue_minutes_queue_minute_pk" PRIMARY KEY("queue","minute")
);
