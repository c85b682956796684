-- The ledger of one authority: an append-only log.
-- Holds: positions are dense and in commit order; a command id has one answer; nobody updates or deletes an event;
--        a role appends only to its own categories.
-- Does not hold: any order across authorities; positions after an asynchronous failover (docs/operations.md, restore).
-- Everything is owned by the database's owner, a role nobody logs in as.
-- Read in this order: head, stream, event, command, writer, readers (checkpoint, parked, lag),
--                     append_batch_v1, partitions, roles.

CREATE SCHEMA ledger;

-- One row: the lock that makes the order. Locked before positions are given out and held to the commit.
CREATE TABLE ledger.head (
  one         boolean PRIMARY KEY DEFAULT true CONSTRAINT head_is_one_row CHECK (one),
  position    bigint NOT NULL,             -- last position given out
  epoch       int NOT NULL,                -- raised at every failover and restore
  recorded_at timestamptz NOT NULL         -- of the last event; never moves back
) WITH (fillfactor = 10);                  -- room for many HOT versions of the row on its page
INSERT INTO ledger.head (position, epoch, recorded_at) VALUES (0, 1, clock_timestamp());

-- One row per stream: the guard for expected versions.
CREATE TABLE ledger.stream (
  stream_id      uuid PRIMARY KEY,
  category       text NOT NULL,            -- the aggregate's name, e.g. transfer
  version        int NOT NULL CONSTRAINT stream_has_events CHECK (version > 0),
  first_position bigint NOT NULL           -- a stream read skips older partitions
) WITH (fillfactor = 80);

-- The log. (stream_id, version) is unique because append_batch_v1 checks `stream` under the lock; a unique index would
-- have to contain the partition key.
CREATE TABLE ledger.event (
  position       bigint PRIMARY KEY,
  stream_id      uuid NOT NULL,
  version        int NOT NULL,
  event_id       uuid NOT NULL,            -- derived from the command's id and n: the same on a retry
  type           text NOT NULL,            -- full protobuf message name
  schema_version smallint NOT NULL,
  recorded_at    timestamptz NOT NULL,     -- database clock, set under the lock
  correlation_id uuid NOT NULL,            -- the case
  causation_id   uuid NOT NULL,            -- the command or event that caused it
  traceparent    text,                     -- tracing hint, the only column outside every hash
  meta           bytea NOT NULL,           -- enforcement.ledger.v1.Meta, byte for byte as hashed
  body           bytea NOT NULL,           -- the domain event, byte for byte as hashed
  hash           bytea NOT NULL CONSTRAINT hash_is_sha256 CHECK (octet_length(hash) = 32)
) PARTITION BY RANGE (position);
CREATE INDEX event_stream ON ledger.event (stream_id, version);
CREATE INDEX event_recorded ON ledger.event USING brin (recorded_at);

CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- Row level, because PostgreSQL clones row triggers to every partition; as a statement trigger of the parent it would let
-- DELETE FROM ledger.event_1 pass. TRUNCATE has statement triggers only: each partition gets its own when it is made.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger.event FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.event FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();

-- Idempotency: the answer each command got. Old months are dropped whole, never row by row.
CREATE TABLE ledger.command (
  command_id uuid PRIMARY KEY,             -- UUIDv7, or version 8 with the same 48 time bits: they choose the partition
  digest     bytea NOT NULL,               -- of the request: the same id with another request is an error
  stream_id  uuid NOT NULL,
  version    int NOT NULL,
  position   bigint NOT NULL
) PARTITION BY RANGE (command_id);

-- Which login role appends to which categories.
CREATE TABLE ledger.writer (
  role     name NOT NULL,
  category text NOT NULL,
  PRIMARY KEY (role, category)
);

-- Readers: exchange, policies, every version of every projection.
CREATE TABLE ledger.checkpoint (
  reader      text NOT NULL,
  version     int NOT NULL,
  position    bigint NOT NULL DEFAULT 0,   -- last position examined
  fence       bigint NOT NULL DEFAULT 0,   -- rises with every new holder
  holder      text NOT NULL DEFAULT '',
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (reader, version)
) WITH (fillfactor = 20);

-- Events a reader could not handle. The reader went on; a person or a later attempt resolves them.
CREATE TABLE ledger.parked (
  reader          text NOT NULL,
  version         int NOT NULL,
  position        bigint NOT NULL,
  matter_id       uuid NOT NULL,           -- later events of the matter wait behind the first
  event_id        uuid NOT NULL,
  reason          text NOT NULL,
  attempts        int NOT NULL DEFAULT 1,
  next_attempt_at timestamptz,             -- NULL: waits for a person
  parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at     timestamptz,
  PRIMARY KEY (reader, version, position)
);
CREATE INDEX parked_open ON ledger.parked (reader, version, matter_id, position) WHERE resolved_at IS NULL;

-- How far behind each reader is. A dead reader shows a growing age and a past heartbeat, never zero.
CREATE VIEW ledger.lag AS
SELECT c.reader, c.version, c.position, c.holder, c.lease_until,
       c.lease_until > clock_timestamp()                                     AS alive,
       h.position - c.position                                               AS behind,
       coalesce(clock_timestamp() - e.recorded_at, interval '0')             AS oldest_unread_age,
       (SELECT count(*) FROM ledger.parked p
         WHERE p.reader = c.reader AND p.version = c.version AND p.resolved_at IS NULL) AS parked
FROM ledger.checkpoint c
CROSS JOIN ledger.head h
LEFT JOIN LATERAL (SELECT recorded_at FROM ledger.event WHERE position = c.position + 1) e ON true;

-- Appends a batch. Called by every role that `admit` let in.
-- Answers three arrays with one element per command, in the order of c_id:
--   outcomes    meaning (in order of precedence)                         at_versions          at_positions
--   repeated    the command is known with this digest                    first answer's       first answer's
--   mismatch    the command is known with another digest                 the stream's         NULL
--   forbidden   category unknown, not the caller's, or not the stream's  the stream's         NULL
--   conflict    the stream is not at the expected version                the stream's         NULL
--   accepted    written                                                  after the command    of its last event
-- c_… have one element per command, e_… one per event, in the order of their commands; e_command is the event's command,
-- counted from 1, and c_size the number of a command's events. A stream or a command id may stand only once in a call:
-- twice raises. Under another isolation than READ COMMITTED it raises: the statements after the lock must see what was
-- committed while it was waited for.
-- Lock order: own rows, then this. Lock no other row afterwards, commit at once.
CREATE FUNCTION ledger.append_batch_v1(
  c_id uuid[], c_digest bytea[], c_stream uuid[], c_category text[], c_expected int[], c_size int[],
  c_correlation uuid[], c_causation uuid[],
  e_command int[], e_id uuid[], e_type text[], e_schema smallint[], e_traceparent text[],
  e_meta bytea[], e_body bytea[], e_hash bytea[],
  OUT outcomes text[], OUT at_versions int[], OUT at_positions bigint[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ledger, pg_temp
SET plan_cache_mode = force_generic_plan   -- planning each small batch again halves the rate at one caller
SET enable_seqscan = off                   -- a plan made while the tables were empty would scan them when they are full:
SET enable_hashjoin = off                  --   within three seconds 778 appends/s fell to 198 (two cores, one caller);
SET enable_mergejoin = off                 --   every join below is a look-up by primary key
AS $$
DECLARE
  base     bigint;                         -- head before this batch
  stamp    timestamptz;
  accepted boolean[];                      -- by command
  earlier  int[];                          -- by command: events of the commands before it, rejected ones too
  total    int;                            -- accepted events
  written  int;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append_batch_v1 needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM pg_advisory_xact_lock(1);        -- the order: a fair queue, held to the commit; key 1 is reserved for this
  -- Statements of their own from here on: each takes its snapshot after the lock is held.
  SELECT h.position, greatest(h.recorded_at, clock_timestamp()) INTO base, stamp FROM head h;

  SELECT array_agg(a.result),
         array_agg(CASE a.result WHEN 'accepted' THEN a.expected + a.size WHEN 'repeated' THEN a.done_version
                                 ELSE coalesce(a.actual, 0) END),
         array_agg(CASE a.result WHEN 'accepted' THEN base + a.place WHEN 'repeated' THEN a.done_position END),
         array_agg(a.result = 'accepted'),
         array_agg(a.upto - a.size),
         coalesce(max(a.place), 0)
    INTO outcomes, at_versions, at_positions, accepted, earlier, total
    FROM (SELECT b.*, sum(b.size) OVER w AS upto, sum(b.size) FILTER (WHERE b.result = 'accepted') OVER w AS place
            FROM (SELECT c.n, c.expected, c.size, s.version AS actual, k.version AS done_version, k.position AS done_position,
                         CASE WHEN k.digest = c.digest                  THEN 'repeated'
                              WHEN k.digest IS NOT NULL                 THEN 'mismatch'
                              WHEN w.category IS NULL                   THEN 'forbidden'
                              WHEN s.category <> c.category             THEN 'forbidden'
                              WHEN coalesce(s.version, 0) <> c.expected THEN 'conflict'
                              ELSE 'accepted' END AS result
                    FROM unnest(c_id, c_digest, c_stream, c_category, c_expected, c_size)
                         WITH ORDINALITY AS c (id, digest, stream_id, category, expected, size, n)
                    LEFT JOIN command k ON k.command_id = c.id
                    LEFT JOIN stream s  ON s.stream_id = c.stream_id
                    LEFT JOIN writer w  ON w.role = session_user AND w.category = c.category) b
          WINDOW w AS (ORDER BY b.n)) a;
  IF total = 0 THEN
    RETURN;
  END IF;

  INSERT INTO event (position, stream_id, version, event_id, type, schema_version, recorded_at,
                     correlation_id, causation_id, traceparent, meta, body, hash)
  SELECT base + row_number() OVER (ORDER BY e.n), c_stream[e.command], c_expected[e.command] + e.n - earlier[e.command],
         e.id, e.type, e.schema, stamp, c_correlation[e.command], c_causation[e.command], e.traceparent,
         e.meta, e.body, e.hash
    FROM unnest(e_command, e_id, e_type, e_schema, e_traceparent, e_meta, e_body, e_hash)
         WITH ORDINALITY AS e (command, id, type, schema, traceparent, meta, body, hash, n)
   WHERE accepted[e.command];
  GET DIAGNOSTICS written = ROW_COUNT;
  IF written <> total THEN
    RAISE EXCEPTION 'c_size names % events, there are %', total, written USING ERRCODE = 'invalid_parameter_value';
  END IF;

  INSERT INTO stream (stream_id, category, version, first_position)
  SELECT a.stream_id, a.category, a.version, a.position - a.size + 1
    FROM unnest(accepted, c_stream, c_category, at_versions, at_positions, c_size)
         AS a (accepted, stream_id, category, version, position, size)
   WHERE a.accepted
  ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version;

  INSERT INTO command (command_id, digest, stream_id, version, position)
  SELECT a.id, a.digest, a.stream_id, a.version, a.position
    FROM unnest(accepted, c_id, c_digest, c_stream, at_versions, at_positions)
         AS a (accepted, id, digest, stream_id, version, position)
   WHERE a.accepted;

  UPDATE head SET position = base + total, recorded_at = stamp;
END $$;
REVOKE ALL ON FUNCTION ledger.append_batch_v1 FROM PUBLIC;

-- Partitions. Made as tables of their own and then attached: ATTACH lets readers and appends go on, CREATE … PARTITION OF
-- would wait for every open reader and make everybody wait behind it.
CREATE FUNCTION ledger.add_event_partition(first bigint, size bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'event_' || first;
BEGIN
  EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.event INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE ledger.event ATTACH PARTITION ledger.%I FOR VALUES FROM (%s) TO (%s)',
                 name, first, first + size);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.%I
                  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse()', name);
END $$;
REVOKE ALL ON FUNCTION ledger.add_event_partition FROM PUBLIC;

-- The smallest UUIDv7 of an instant.
CREATE FUNCTION ledger.uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;

CREATE FUNCTION ledger.add_command_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text := 'command_' || to_char(month, 'YYYYMM');
BEGIN
  EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.command INCLUDING CONSTRAINTS)', name);
  EXECUTE format('ALTER TABLE ledger.command ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)', name,
    ledger.uuid_floor(month::timestamp AT TIME ZONE 'UTC'),
    ledger.uuid_floor((month + interval '1 month') AT TIME ZONE 'UTC'));
END $$;
REVOKE ALL ON FUNCTION ledger.add_command_partition FROM PUBLIC;

-- Keeps partitions ahead of the writers and drops command months nobody may ask for any more. Called by every role at its
-- start and every minute; safe to repeat. The figures are not parameters: a service must not be able to drop more.
--   events    5,000,000 positions a partition, two free ones ahead
--   commands  a month a partition: three past, the present, two ahead (ids outside are answered as expired)
-- Answers what it did, one row each, and always one row `free`: event partitions nobody wrote to yet.
CREATE FUNCTION ledger.maintain() RETURNS TABLE (action text, subject text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_temp AS $$
DECLARE
  event_rows CONSTANT bigint := 5000000;
  ahead      CONSTANT int := 2;
  past       CONSTANT int := 3;
  present    CONSTANT date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date;
  upper      bigint;
  free       int;
  month      date;
  old        text;
BEGIN
  PERFORM pg_advisory_xact_lock(2);        -- key 2 is reserved for this
  SELECT coalesce(max(b.upper), 1), count(*) FILTER (WHERE b.lower > h.position) INTO upper, free
  FROM (SELECT (regexp_match(pg_get_expr(p.relpartbound, p.oid), 'FROM \(''?(\d+)'))[1]::bigint AS lower,
               (regexp_match(pg_get_expr(p.relpartbound, p.oid), 'TO \(''?(\d+)'))[1]::bigint   AS upper
          FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass) b
  CROSS JOIN head h;
  WHILE free < ahead LOOP
    PERFORM add_event_partition(upper, event_rows);
    RETURN QUERY SELECT 'made', 'event_' || upper;
    upper := upper + event_rows;
    free := free + 1;
  END LOOP;

  FOR month IN SELECT generate_series(present - make_interval(months => past),
                                      present + make_interval(months => ahead), interval '1 month')::date LOOP
    IF to_regclass('command_' || to_char(month, 'YYYYMM')) IS NULL THEN
      PERFORM add_command_partition(month);
      RETURN QUERY SELECT 'made', 'command_' || to_char(month, 'YYYYMM');
    END IF;
  END LOOP;

  FOR old IN SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
              WHERE i.inhparent = 'command'::regclass
                AND p.relname < 'command_' || to_char(present - make_interval(months => past), 'YYYYMM') LOOP
    BEGIN
      SET LOCAL lock_timeout = '200ms';    -- DROP waits for readers and everybody waits behind it: rather next minute
      EXECUTE format('DROP TABLE %I', old);
      RETURN QUERY SELECT 'dropped', old;
    EXCEPTION WHEN lock_not_available THEN
      RETURN QUERY SELECT 'busy', old;
    END;
  END LOOP;
  RETURN QUERY SELECT 'free', free::text;
END $$;
REVOKE ALL ON FUNCTION ledger.maintain FROM PUBLIC;
SELECT ledger.maintain();

-- Lets a login role in and sets its categories: all that a role may do in the ledger stands here. Called by the owner.
-- A migration that adds a table repeats it for every role in `writer`.
CREATE FUNCTION ledger.admit(login name, categories text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA ledger TO %I', login);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO %I', login);
  EXECUTE format('GRANT INSERT, UPDATE ON ledger.checkpoint, ledger.parked TO %I', login);
  EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.append_batch_v1, ledger.maintain TO %I', login);
  DELETE FROM ledger.writer WHERE role = login AND category <> ALL (categories);
  INSERT INTO ledger.writer (role, category) SELECT login, unnest(categories) ON CONFLICT DO NOTHING;
END $$;
REVOKE ALL ON FUNCTION ledger.admit FROM PUBLIC;
