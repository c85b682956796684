-- What an authority told others and was told by them: evidence, and primary data. Salts and signatures cannot be made again,
-- so this is in the same database and backup as the ledger, is never rebuilt, and no role may delete it.
-- Holds: a chain's places are dense; an envelope has one receipt; a receipt exists if and only if its ledger event exists.
-- Does not hold: that the peer is told yet (`published_seq`, `receipt` and `answered_at` say so).
-- Read in this order: chain, sent, rewound, deferred, inbox, held, quarantine, registry, roles.

CREATE SCHEMA exchange;

-- One row per chain, either direction: its end as this authority knows it.
CREATE TABLE exchange.chain (
  sender        text NOT NULL,
  recipient     text NOT NULL,             -- 'feed': the sender's feed, written by whoever follows it
  epoch         bigint NOT NULL DEFAULT 1,
  seq           bigint NOT NULL DEFAULT 0, -- last place given out, or recorded
  hash          bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CONSTRAINT hash_is_sha256 CHECK (octet_length(hash) = 32),
  published_seq bigint NOT NULL DEFAULT 0, -- of this epoch, own chains: acknowledged by Kafka up to here; may lag after a crash
  stopped       text,                      -- outcome code after which an operator must resume the pair; NULL while it goes on
  PRIMARY KEY (sender, recipient)
) WITH (fillfactor = 20);

-- What was said.
CREATE TABLE exchange.sent (
  recipient      text NOT NULL,            -- an authority, or 'feed'
  epoch          bigint NOT NULL,
  seq            bigint NOT NULL,
  env_id         uuid NOT NULL CONSTRAINT one_envelope_per_event_and_recipient UNIQUE,
  env_hash       bytea NOT NULL UNIQUE,
  position       bigint NOT NULL,          -- of the event it was built from
  type           text NOT NULL,            -- of that event
  source_event   uuid NOT NULL,
  correlation_id uuid NOT NULL,
  traceparent    text,                     -- hint for the carrier
  wire           bytea NOT NULL,           -- the Envelope as published
  receipt        bytea,                    -- the first valid one, as it came
  stored_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  salt           bytea,                    -- opens the commitment to a sealed body: proves what was said; secret
  PRIMARY KEY (recipient, epoch, seq)
);
CREATE INDEX sent_waiting ON exchange.sent (recipient, epoch, seq) WHERE receipt IS NULL AND recipient <> 'feed';
CREATE INDEX sent_position ON exchange.sent (position);

-- Stretches of own chains that a peer gave receipts for and then stated not to have: a restore at its side. It receives
-- them again, so a second receipt for one of them contradicts nothing.
CREATE TABLE exchange.rewound (
  recipient text NOT NULL,
  epoch     bigint NOT NULL,
  after_seq bigint NOT NULL,               -- where the peer stated that the chain ends
  last_seq  bigint NOT NULL,               -- last place that it had given a receipt for
  noted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (recipient, epoch, after_seq, last_seq)
);

-- Events that a stopped own chain could not take; built when its new epoch begins.
CREATE TABLE exchange.deferred (
  recipient text NOT NULL,
  position  bigint NOT NULL,
  PRIMARY KEY (recipient, position)
);

-- What was told to this authority, recorded or rejected.
CREATE TABLE exchange.inbox (
  sender      text NOT NULL,
  env_id      uuid NOT NULL,               -- the sender's choice: looked up with the sender, compared by hash
  epoch       bigint NOT NULL,
  seq         bigint NOT NULL,
  env_hash    bytea NOT NULL,
  event_id    uuid NOT NULL,               -- in this ledger: the received event, or EnvelopeRejected
  registry    bytea NOT NULL,              -- digest of the member registry by which it was judged
  wire        bytea NOT NULL,
  receipt     bytea NOT NULL,              -- signed before the transaction, stored in it, given again on a repeat
  stored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  answered_at timestamptz,                 -- Kafka has the receipt; NULL: still to be given
  repeats     int NOT NULL DEFAULT 0,
  PRIMARY KEY (sender, env_id),
  CONSTRAINT one_envelope_per_place UNIQUE (sender, epoch, seq)
);
CREATE INDEX inbox_event ON exchange.inbox (event_id);
CREATE INDEX inbox_unanswered ON exchange.inbox (sender) WHERE answered_at IS NULL;

-- What came early. Bounded per sender by the program; beyond the bound it is dropped and pulled again.
CREATE TABLE exchange.held (
  sender    text NOT NULL,
  recipient text NOT NULL,
  epoch     bigint NOT NULL,
  seq       bigint NOT NULL,
  env_hash  bytea NOT NULL,
  carrier   text NOT NULL,                 -- 'kafka' or 'grpc:<authority>'
  wire      bytea NOT NULL,
  since     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sender, recipient, epoch, seq)
);

-- What was not believed: one row per distinct value and reason.
CREATE TABLE exchange.quarantine (
  digest     bytea NOT NULL,               -- SHA-256 of the bytes
  code       text NOT NULL,                -- outcome code
  claimed    text,                         -- who it says it is from; unverified
  carrier    text NOT NULL,
  wire       bytea,                        -- NULL above the byte budget: counts are kept, bytes are not
  times      bigint NOT NULL DEFAULT 1,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (digest, code)
);
CREATE INDEX quarantine_newest ON exchange.quarantine (last_seen DESC, digest DESC);

-- Every member registry that was in force: an old signature is judged by the file of its day.
CREATE TABLE exchange.registry (
  digest    bytea PRIMARY KEY,
  version   bigint NOT NULL CONSTRAINT one_file_per_version UNIQUE,
  file      bytea NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Lets a login role work with the exchange: all that a role may do here stands in these lines. Called by the owner.
CREATE FUNCTION exchange.admit(login name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA exchange TO %I', login);
  EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA exchange TO %I', login);
  EXECUTE format('GRANT UPDATE ON exchange.chain TO %I', login);
  EXECUTE format('GRANT UPDATE (receipt) ON exchange.sent TO %I', login);
  EXECUTE format('GRANT UPDATE (answered_at, repeats) ON exchange.inbox TO %I', login);
  EXECUTE format('GRANT UPDATE (times, last_seen) ON exchange.quarantine TO %I', login);
  EXECUTE format('GRANT DELETE ON exchange.held, exchange.deferred TO %I', login);
END $$;
REVOKE ALL ON FUNCTION exchange.admit FROM PUBLIC;

-- Lets a login role of another service read what proves a process; it reads the ledger whole already.
CREATE FUNCTION exchange.admit_reader(login name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA exchange TO %I', login);
  EXECUTE format('GRANT SELECT ON exchange.sent, exchange.inbox, exchange.registry TO %I', login);
END $$;
REVOKE ALL ON FUNCTION exchange.admit_reader FROM PUBLIC;
