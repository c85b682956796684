-- Cases as people read them: one row a case, its evidence and its measures beside it.
-- Instants are those of the acts; began_position orders lists.

CREATE TABLE case_file (
  case_id           uuid PRIMARY KEY,
  began_position    bigint,
  stage             text,                   -- Chinese term of services.cases.model.Stage
  case_number       text,                   -- NULL before filing
  act_code          text,
  source            int,                    -- enforcement.cases.v1.ClueSource
  handed_off_by     text,
  finding_id        text,
  act_on            date,
  place             jsonb,                  -- enforcement.common.v1.Place
  facts             text,
  party             jsonb,                  -- enforcement.cases.v1.Party; personal
  vehicle           jsonb,                  -- enforcement.cases.v1.Vehicle
  officer_ids       text[],
  proposed          jsonb,                  -- penalties of the notice in force
  penalties         jsonb,                  -- penalties decided
  transfer_id       text,
  transfer_phase    int,                    -- enforcement.cases.v1.TransferPhase
  transferred       boolean,                -- a criminal transfer is open
  registered_at     timestamptz,
  filed_at          timestamptz
);
CREATE INDEX case_file_by_begin ON case_file (began_position);
CREATE INDEX case_file_by_stage ON case_file (stage, began_position);
CREATE INDEX case_file_by_number ON case_file (case_number);

CREATE TABLE evidence (
  case_id           uuid,
  evidence_id       uuid,
  began_position    bigint,
  kind              int,                    -- enforcement.cases.v1.EvidenceKind
  description       text,
  file              jsonb,                  -- enforcement.common.v1.BlobRef
  gathered_by       text,                   -- empty: this authority
  gathered_at       timestamptz,
  PRIMARY KEY (case_id, evidence_id)
);

CREATE TABLE measure (
  case_id           uuid,
  measure_id        uuid,
  began_position    bigint,
  kind              int,                    -- enforcement.cases.v1.MeasureKind
  law_basis         text,
  state             text,                   -- Chinese term of services.cases.model.MeasureState
  taken_at          timestamptz,
  item_count        int,
  PRIMARY KEY (case_id, measure_id)
);

CREATE TABLE timeline (                     -- services/kernel/timeline.py
  position          bigint PRIMARY KEY,
  id                uuid NOT NULL,          -- of the aggregate
  type              text NOT NULL,
  title             text NOT NULL,
  occurred_at       timestamptz NOT NULL,
  recorded_at       timestamptz NOT NULL,
  actor             text NOT NULL,
  late_reason       text NOT NULL
);
CREATE INDEX timeline_of ON timeline (id, position);
