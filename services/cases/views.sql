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
  act_ended_on      date,                   -- NULL when the act did not go on, or goes on
  incident_id       text,
  incident_role     int,                    -- enforcement.cases.v1.IncidentRole
  capture_id        text,
  recused_ids       text[],
  place             jsonb,                  -- enforcement.common.v1.Place
  facts             text,
  party             jsonb,                  -- enforcement.cases.v1.Party; personal
  vehicle           jsonb,                  -- enforcement.cases.v1.Vehicle
  vessel            jsonb,                  -- enforcement.cases.v1.Vessel
  officer_ids       text[],
  proposed          jsonb,                  -- penalties of the notice in force
  penalties         jsonb,                  -- penalties decided
  transfer_id       text,
  transfer_phase    int,                    -- enforcement.cases.v1.TransferPhase
  transferred       boolean,                -- a criminal transfer is open
  side_states       text[],                 -- what lies over the stage, in Chinese terms
  remedies          jsonb,                  -- open remedies: id to enforcement.cases.v1.RemedyKind
  back_to           text,                   -- stage to which a transferred case returns
  told_on           date,
  hearing_right     boolean,
  defence           int,                    -- enforcement.cases.v1.DefenceKind
  hearing_state     text,                   -- Chinese term of services.cases.model.procedure.HearingState
  hearing_at        timestamptz,
  review_state      text,
  review_mandatory  boolean,
  discussion        text,                   -- what the leaders concluded
  outcome           int,                    -- enforcement.cases.v1.Outcome
  decided_at        timestamptz,
  served_on         date,
  publication_state text,
  performance       int,                    -- enforcement.cases.v1.PerformancePhase
  receiver_id       text,                   -- authority to which the case went
  registered_at     timestamptz,
  filed_at          timestamptz
);
CREATE INDEX case_file_by_begin ON case_file (began_position);
CREATE INDEX case_file_by_stage ON case_file (stage, began_position);
CREATE INDEX case_file_by_number ON case_file (case_number);
CREATE INDEX case_file_by_filing ON case_file (filed_at);
CREATE INDEX case_file_by_officer ON case_file USING gin (officer_ids);
CREATE INDEX case_file_by_act ON case_file (act_code, began_position);

CREATE TABLE case_search (                  -- by what a case is found (services/cases/search.py); personal
  case_id           uuid PRIMARY KEY,
  facts             text,                   -- of clue and filing, as they are
  found             text,                   -- as the investigation found them
  case_number       text,
  party             text,
  party_name        text,                   -- normalised, like all below
  party_number      text,
  plate             text,
  plate_colour      text,
  vessel            text[],                 -- name, identification number and MMSI of a vessel
  content           text,                   -- number, name, facts and what was found
  pairs             text[]                  -- of neighbouring characters of the content
);
CREATE INDEX case_search_by_pairs ON case_search USING gin (pairs);
CREATE INDEX case_search_by_name ON case_search (party_name);
CREATE INDEX case_search_by_party_number ON case_search (party_number);
CREATE INDEX case_search_by_plate ON case_search (plate, plate_colour) WHERE plate <> '';
CREATE INDEX case_search_by_vessel ON case_search USING gin (vessel);

CREATE TABLE imported_case (                -- what came from older systems (历史案件导入)
  source_system     text,
  external_id       text,
  case_id           uuid,
  row_sha256        text,                   -- of the row as it was read, in hexadecimal
  PRIMARY KEY (source_system, external_id)
);

CREATE TABLE evidence (
  case_id           uuid,
  evidence_id       uuid,
  began_position    bigint,
  kind              int,                    -- enforcement.cases.v1.EvidenceKind
  description       text,
  file              jsonb,                  -- enforcement.common.v1.BlobRef
  gathered_by       text,                   -- empty: this authority
  gathered_at       timestamptz,
  holder            text,                   -- who has it: officer id, store or institution
  custody           jsonb,                  -- enforcement.cases.v1.CustodyStep, oldest first
  excluded          boolean,                -- the ground of nothing
  unconfirmed       boolean,                -- statement from a criminal file that was not confirmed again
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
  extended          boolean,
  emergency         boolean,
  approved          boolean,
  PRIMARY KEY (case_id, measure_id)
);

CREATE TABLE act_record (                   -- every act that a case or an on-the-spot penalty is about (一事不再罚)
  matter_id         uuid PRIMARY KEY,       -- case or on-the-spot penalty
  began_position    bigint,
  act_code          text,
  from_on           date,
  to_on             date,                   -- of an act that goes on, the day on which it was found
  party_number      text,                   -- as services.cases.model.act_inquiry.Subjects writes it; personal
  plate             text,
  plate_colour      text,
  party_bucket      int,                    -- services.cases.model.act_inquiry; NULL when the number is not known
  plate_bucket      int,
  number            text,                   -- case number or number of the form
  filed_at          timestamptz,            -- NULL before filing
  fined             boolean,                -- a fine was imposed, and stands
  closed            boolean,
  turned_down       boolean,                -- not filed
  established_on    date,                   -- day of a decision that established it and stands; NULL without one
  incident_id       text,
  incident_role     int                     -- enforcement.cases.v1.IncidentRole
);
CREATE INDEX act_record_by_days ON act_record USING gist (daterange(from_on, to_on, '[]'));
CREATE INDEX act_record_by_party ON act_record (party_number, act_code) WHERE party_number <> '';
CREATE INDEX act_record_by_plate ON act_record (plate, act_code) WHERE plate <> '';
CREATE INDEX act_record_by_party_bucket ON act_record (party_bucket, act_code);
CREATE INDEX act_record_by_incident ON act_record (incident_id) WHERE incident_id <> '';

CREATE TABLE fine_payment (                 -- what is paid of a case's fine, without surcharge and confiscated income
  collection_id     uuid PRIMARY KEY,       -- or the case: what was paid before it came from an older system
  case_id           text,
  paid_fen          bigint                  -- less what was moved or paid back out of a surplus
);
CREATE INDEX fine_payment_by_case ON fine_payment (case_id);

CREATE TABLE criminal_sanction (            -- criminal-stage content: GetCase shows it to the officers and leaders only
  case_id           uuid PRIMARY KEY,
  sanctions         jsonb                   -- enforcement.cases.v1.CriminalSanctions
);

CREATE TABLE device_record (                -- records of devices that show a violation (行政处罚法 art. 41)
  capture_id        uuid PRIMARY KEY,
  files             text[],                 -- SHA-256 of its pictures and video, in hex
  adopted           boolean                 -- reviewed and adopted: only then is it evidence
);
CREATE INDEX device_record_by_file ON device_record USING gin (files);

CREATE TABLE act_answer (                   -- what each authority that was asked last said of a matter's act
  matter_id         uuid,
  responder_id      text,
  inquiry_id        text,                   -- the newest one
  act_codes         text[],                 -- that it asks about
  answered          boolean,
  matches           jsonb,                  -- enforcement.cases.v1.ActMatch, of the newest answer
  complete          boolean,
  offences          jsonb,                  -- enforcement.cases.v1.ActOffence: earlier violations of the party there
  offences_known    boolean,                -- all that there are
  PRIMARY KEY (matter_id, responder_id)
);

CREATE TABLE rule_set (                     -- lists and benchmarks that were put in force (裁量规则), the newest version of each
  rule_set_id       uuid PRIMARY KEY,
  rule_set_code     text,
  version           int,
  content           text,                   -- the file, TOML; services.cases.discretion.rule_sets reads it
  adopted_at        timestamptz
);

CREATE TABLE evaluation (                   -- the last evaluation of discretion of a case (裁量评估)
  case_id           uuid PRIMARY KEY,
  evaluated         jsonb,                  -- enforcement.cases.v1.DiscretionEvaluated
  departed          jsonb,                  -- enforcement.cases.v1.DiscretionDeparted; NULL without a departure
  reduction_approved boolean
);

CREATE TABLE on_spot_file (                 -- simplified procedure (简易程序)
  on_spot_id        uuid PRIMARY KEY,
  began_position    bigint,
  stage             text,                   -- Chinese term of services.cases.model.on_spot.OnSpotStage
  act_code          text,
  place             jsonb,                  -- enforcement.common.v1.Place
  facts             text,
  party             jsonb,                  -- enforcement.cases.v1.Party; personal
  vehicle           jsonb,                  -- enforcement.cases.v1.Vehicle
  vessel            jsonb,                  -- enforcement.cases.v1.Vessel
  officer_ids       text[],
  form_number       text,                   -- NULL before the decision
  penalties         jsonb,
  remedies          text,
  fine_fen          bigint,
  collected_fen     bigint,
  observed_at       timestamptz,
  decided_at        timestamptz,
  handed_in_at      timestamptz,
  banked_at         timestamptz,
  copy_filed_at     timestamptz
);
CREATE INDEX on_spot_file_by_begin ON on_spot_file (began_position);
CREATE INDEX on_spot_file_by_stage ON on_spot_file (stage, began_position);
CREATE INDEX on_spot_file_by_form ON on_spot_file (form_number);

CREATE TABLE decision_sheet (               -- what documents made of the decision in force; personal
  case_id           uuid PRIMARY KEY,
  number            text,
  text              text                    -- empty since it was amended or revoked
);

CREATE TABLE publication (                  -- the newest proposal for a public copy; personal until it is public
  case_id           uuid PRIMARY KEY,
  publication_id    text,
  text_sha256       text,                   -- of the file's text, in hexadecimal
  redactions        jsonb,                  -- enforcement.cases.v1.Redaction, in order
  copy              text,
  proposed_by       text,
  proposed_at       timestamptz,
  checked_by        text,                   -- NULL before a second person compared it
  checked_at        timestamptz,
  remark            text
);

CREATE TABLE archive_package (              -- the package of the file that documents built last (归档包)
  case_id           uuid PRIMARY KEY,       -- or the on-the-spot penalty
  sha256            text                    -- in hexadecimal
);

CREATE TABLE dispute (                      -- over who is competent for a case (管辖争议)
  case_id           uuid,
  dispute_id        uuid,
  round             integer,                -- how many of the two cases ended before
  other_id          text,
  began_position    bigint,
  other_case_id     text,
  claims            jsonb,                  -- enforcement.cases.v1.DisputeClaim; claimed_by is empty for this authority
  raised_at         timestamptz,
  other_filed_at    timestamptz,
  superior          text,                   -- NULL while none was asked
  escalated_by      text,                   -- empty: this authority
  escalated_at      timestamptz,
  designated_at     timestamptz,            -- this authority was, and told the other
  number            text,
  owner_id          text,                   -- NULL while it is open
  way               integer,                -- SettlementWay
  settled_at        timestamptz,
  PRIMARY KEY (case_id, dispute_id, round)
);
