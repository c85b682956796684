-- Statutory clocks as rows that people and timers read. Everything here can be thrown away and folded again from the
-- ledger's events of category `deadline`.
-- Holds: a row is the fold of its clock's stream; rows move in the transaction that appends to that stream.
-- Does not hold: that a clock is at the ledger's head; the checkpoint of its service's reader says how far it is.
-- Read in this order: notice, clock.

CREATE SCHEMA deadline;

-- Yearly holiday notices loaded after the release, by the ledger position of their load. The latest of a year counts; who
-- reads at an earlier position uses those before it, so that every service computes what it would have computed then.
CREATE TABLE deadline.notice (
  year     int NOT NULL,
  position bigint NOT NULL,
  number   text NOT NULL,                  -- e.g. 国办发明电〔2025〕7号
  days_off date[] NOT NULL,                -- weekdays that are holidays
  workdays date[] NOT NULL,                -- weekend days that are working days
  PRIMARY KEY (year, position)
);

CREATE TABLE deadline.clock (
  deadline_id    uuid PRIMARY KEY,         -- stream in the ledger; derived from the starting event and the rule
  service        text NOT NULL,            -- whose reader keeps it
  rule_id        text NOT NULL,
  rule_version   int NOT NULL,
  title          text NOT NULL,
  basis          text NOT NULL,
  key            text NOT NULL,            -- by which later events find it
  subject_id     text NOT NULL,
  responsible_id text NOT NULL,
  mirrors        text NOT NULL,            -- rule of the responsible body's own clock about the same duty, or empty
  correlation_id uuid NOT NULL,
  start_event_id uuid NOT NULL,
  started_at     timestamptz NOT NULL,
  length         int NOT NULL,
  unit           smallint NOT NULL,        -- number of enforcement.deadlines.v1.Unit
  rolls          boolean NOT NULL,
  policy         text NOT NULL,            -- switch that chose the limit, or empty
  nominal_at     timestamptz NOT NULL,     -- internal alarm
  effective_at   timestamptz NOT NULL,     -- what the law asks
  over_at        timestamptz NOT NULL,     -- first instant that is too late
  provisional    boolean NOT NULL,         -- a year without notice: never said to be missed
  status         text NOT NULL CONSTRAINT status_is_known
                 CHECK (status IN ('RUNNING', 'MET', 'MISSED', 'CANCELLED', 'PAUSED')),
  paused_from    timestamptz[] NOT NULL,   -- pauses that ended, pairwise
  paused_to      timestamptz[] NOT NULL,
  paused_at      timestamptz,              -- the one that goes on
  missed_due_at  timestamptz,
  met_event_id   uuid,
  met_at         timestamptz,
  in_time        boolean,
  cancelled_at   timestamptz,
  version        int NOT NULL,             -- of the stream: a row that is behind its stream cannot append to it
  CONSTRAINT paused_has_a_beginning CHECK ((status = 'PAUSED') = (paused_at IS NOT NULL)),
  CONSTRAINT met_has_an_act CHECK (status <> 'MET' OR (met_event_id IS NOT NULL AND met_at IS NOT NULL AND in_time IS NOT NULL))
) WITH (fillfactor = 80);

-- Clocks on which an event can still act, by what the event carries.
CREATE INDEX clock_open ON deadline.clock (service, rule_id, key)
  WHERE status <> 'CANCELLED' AND (status <> 'MET' OR NOT in_time);
-- What the timer looks at.
CREATE INDEX clock_due ON deadline.clock (service, over_at) WHERE status = 'RUNNING' AND NOT provisional;
-- Lists for people.
CREATE INDEX clock_by_end ON deadline.clock (effective_at, deadline_id);
CREATE INDEX clock_by_subject ON deadline.clock (subject_id);
CREATE INDEX clock_by_case ON deadline.clock (correlation_id);

-- Only the authority's own roles may connect to its database, and each service's reader keeps its own rows.
GRANT USAGE ON SCHEMA deadline TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA deadline TO PUBLIC;
