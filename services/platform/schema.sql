-- The log of one platform: what the authorities told in their feeds, in the order in which it was stored.
-- Holds: positions are dense and in commit order; of each feed the log has every place up to the chain's end, once, in
--        order; nobody updates or deletes an event; bodies have only fields that a feed may carry.
-- Does not hold: any order between feeds. `clock` is folded from the log and can be thrown away; all else is a record.
-- Read in this order: head, feed_event, chain, quarantine, clock, folded, roles.

CREATE SCHEMA platform;

-- One row: the guard that makes the order. Every write moves its version on, and holds only if it was planned on it.
CREATE TABLE platform.head (
  one              boolean PRIMARY KEY DEFAULT true CONSTRAINT head_is_one_row CHECK (one),
  version          bigint NOT NULL,
  position         bigint NOT NULL,        -- last position given out
  quarantine_bytes bigint NOT NULL         -- size of the values kept in quarantine
) WITH (fillfactor = 10);                  -- room for many HOT versions of the row on its page
INSERT INTO platform.head (version, position, quarantine_bytes) VALUES (0, 0, 0);

-- The log.
CREATE TABLE platform.feed_event (
  position    bigint PRIMARY KEY,
  publisher   text NOT NULL,               -- authority that signed it
  epoch       bigint NOT NULL,
  seq         bigint NOT NULL,             -- place in the publisher's feed
  event_id    uuid NOT NULL,               -- in the publisher's ledger
  type        text NOT NULL,               -- full protobuf message name
  subject_id  text NOT NULL,               -- aggregate whose event it is; empty when the type is not known here
  matter_id   text NOT NULL,               -- operation, transfer, request or case it belongs to; else the subject
  case_ref    text NOT NULL,               -- the publisher's handle of the matter, the same across authorities
  occurred_at timestamptz NOT NULL,        -- the act
  recorded_at timestamptz NOT NULL,        -- the publisher's ledger
  stored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  body        bytea NOT NULL,              -- FEED view of the event, as signed unless `cut`
  unread      boolean NOT NULL,            -- its schema was not known here when it was stored
  cut         boolean NOT NULL,            -- it carried fields that no feed may carry; they are not in `body`
  salt        bytea NOT NULL,              -- with `body` it opens the commitment in the header, unless `cut`
  envelope    bytea NOT NULL,              -- Envelope as published, its body left out: header bytes and signatures
  env_hash    bytea NOT NULL CONSTRAINT env_hash_is_sha256 CHECK (octet_length(env_hash) = 32),
  CONSTRAINT one_event_per_place UNIQUE (publisher, epoch, seq),
  CONSTRAINT an_event_is_told_once UNIQUE (publisher, event_id)
);
CREATE INDEX feed_event_matter ON platform.feed_event (matter_id, position);
CREATE INDEX feed_event_subject ON platform.feed_event (subject_id, position);
CREATE INDEX feed_event_type ON platform.feed_event (type, position);

CREATE FUNCTION platform.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON platform.feed_event
  FOR EACH ROW EXECUTE FUNCTION platform.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON platform.feed_event
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse();

-- One row per feed: its end as stored here.
CREATE TABLE platform.chain (
  publisher     text PRIMARY KEY,
  epoch         bigint NOT NULL,
  seq           bigint NOT NULL,           -- every place up to here is stored
  hash          bytea NOT NULL,            -- env_hash at that place
  seen_epoch    bigint NOT NULL,           -- last place known to exist, from later envelopes and signed heads
  seen_seq      bigint NOT NULL,
  gap_since     timestamptz,               -- set while the place after the end is known to exist and is missing
  stopped_code  text NOT NULL DEFAULT '',  -- signed contradiction: nothing more is taken
  last_seen_at  timestamptz NOT NULL,
  recorded_at   timestamptz,               -- of the last event stored
  stored_at     timestamptz,
  duplicates    bigint NOT NULL DEFAULT 0,
  quarantined   bigint NOT NULL DEFAULT 0,
  overdisclosed bigint NOT NULL DEFAULT 0,
  refetched     bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

-- What arrived and was not believed: one row per distinct value.
CREATE TABLE platform.quarantine (
  digest     bytea PRIMARY KEY,            -- SHA-256 of the value
  code       text NOT NULL,                -- of the exchange's closed list, or PARKED
  carrier    text NOT NULL,                -- authority whose feed carried it, or that served it
  way        text NOT NULL,                -- kafka or grpc
  size       bigint NOT NULL,              -- bytes
  wire       bytea,                        -- left out beyond the byte budget, and where it shows what no feed may carry
  times      bigint NOT NULL DEFAULT 1,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX quarantine_recent ON platform.quarantine (first_seen DESC, digest);

-- Statutory clocks, folded from the log in the transaction that stores their events.
CREATE TABLE platform.clock (
  publisher      text,
  deadline_id    text,
  due_at         timestamptz,              -- effective end; null until the start is told
  status         int NOT NULL,             -- deadlines.v1.Status
  responsible_id text NOT NULL,
  subject_id     text NOT NULL,
  rule_id        text NOT NULL,
  view           bytea NOT NULL,           -- deadlines.v1.ClockView
  position       bigint NOT NULL,          -- of the last event about it
  PRIMARY KEY (publisher, deadline_id)
);
CREATE INDEX clock_due ON platform.clock (due_at, publisher, deadline_id);
CREATE INDEX clock_subject ON platform.clock (subject_id);

-- Which fold made a folded table; another version is folded again from the log at start.
CREATE TABLE platform.folded (
  name    text PRIMARY KEY,
  version int NOT NULL
);

-- Lets a login role in: all that it may do here. Called by the owner.
CREATE FUNCTION platform.admit(login name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA platform TO %I', login);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA platform TO %I', login);
  EXECUTE format('GRANT INSERT ON platform.feed_event TO %I', login);
  EXECUTE format('GRANT UPDATE ON platform.head TO %I', login);
  EXECUTE format('GRANT INSERT, UPDATE ON platform.chain, platform.quarantine, platform.folded TO %I', login);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON platform.clock TO %I', login);
END $$;
REVOKE ALL ON FUNCTION platform.admit FROM PUBLIC;
