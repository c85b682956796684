-- Transfers as each side reads them; a node fills the tables of its own side and leaves the others empty.
-- Content is personal and criminal: only GetTransfer shows it, to the team and the principal head.

CREATE TABLE transfer (                     -- bureau
  transfer_id         uuid PRIMARY KEY,
  began_position      bigint,
  case_id             text,
  stage               text,                 -- Chinese term of services.transfer.model.transfer.Stage
  police_id           text,
  opened_at           timestamptz,
  reported_at         timestamptz,          -- the principal head received the report
  decided_at          timestamptz,          -- approved or refused
  sent_at             timestamptz,
  received_at         timestamptz,          -- the police signed
  filing_decided_at   timestamptz,          -- the notice arrived
  handed_over_at      timestamptz,
  party_informed_at   timestamptz,
  reconsideration_requested_at timestamptz,
  supervision_suggested_at timestamptz,
  supervision_step    integer,              -- enforcement.transfer.v1.SupervisionStep
  supervision_id      text,
  outcome             integer,              -- enforcement.transfer.v1.TransferOutcome
  outcome_at          timestamptz,
  property_returned_at timestamptz,
  returned_at         timestamptz,
  closed_at           timestamptz,
  referral_id         text,
  facts               jsonb,                -- what the stage follows from (stages.py)
  team_ids            text[],
  content             jsonb                 -- enforcement.transfer.v1.TransferContent
);
CREATE INDEX transfer_by_begin ON transfer (began_position);

CREATE TABLE referral (                     -- police
  referral_id         uuid PRIMARY KEY,
  began_position      bigint,
  transfer_id         uuid,
  bureau_id           text,
  stage               text,                 -- Chinese term of services.transfer.model.referral.Stage
  case_number         text,
  suspected_crime     text,
  materials           jsonb,
  arrived_at          timestamptz,
  received_at         timestamptz,          -- the receipt was signed
  supplement_until_at timestamptz,
  filing_decided_at   timestamptz,
  criminal_case_number text,
  handed_over_at      timestamptz,
  goods               jsonb,
  evidence            jsonb,
  forwarder_ids       text[],
  to_police_id        text,
  jurisdiction_denied_at timestamptz,
  passed_on_at        timestamptz,          -- to other police, or back as no matter of the police
  reconsideration_received_at timestamptz,
  reconsidered_at     timestamptz,
  reasons_asked_at    timestamptz,
  reasons_stated_at   timestamptz,
  filing_ordered_at   timestamptz,
  outcome             integer,              -- enforcement.transfer.v1.TransferOutcome
  property_returned_at timestamptz,
  facts               jsonb                 -- what the stage follows from (stages.py)
);
CREATE INDEX referral_by_begin ON referral (began_position);
CREATE INDEX referral_by_transfer ON referral (transfer_id);

CREATE TABLE oversight (                    -- procuratorate; one row a transfer, from two tellers
  transfer_id         uuid,
  bureau_id           text,
  began_position      bigint,
  police_id           text,                 -- as the bureau told it
  told_by             text,                 -- police that told the steps after sending; shown when it is `police_id`
  case_number         text,
  act_code            text,
  suspected_crime     text,
  suspect_names       text[],
  sent_at             timestamptz,
  received_at         timestamptz,
  filed_at            timestamptz,
  refused_at          timestamptz,
  handed_over_at      timestamptz,
  returned_at         timestamptz,
  forwarded_at        timestamptz,
  declined_at         timestamptz,
  extended_at         timestamptz,
  reconsideration_received_at timestamptz,
  refusal_maintained_at timestamptz,
  withdrawn_at        timestamptz,
  referral_id         text,
  oversight_id        text,                 -- of the stream that the police tell
  supervision_id      text,
  PRIMARY KEY (transfer_id, bureau_id)
);
CREATE INDEX oversight_by_begin ON oversight (began_position);

CREATE TABLE supervision (                  -- procuratorate; the latest round of each
  supervision_id      uuid PRIMARY KEY,
  began_position      bigint,
  transfer_id         text,
  bureau_id           text,
  police_id           text,
  referral_id         text,
  stage               text,                 -- Chinese term of services.transfer.model.supervision.Stage
  suggested           boolean,
  opened_at           timestamptz,
  reasons_asked_at    timestamptz,
  asked_received_at   timestamptz,
  reasons_recorded_at timestamptz,
  about               integer,              -- enforcement.transfer.v1.NonFiling
  concluded_at        timestamptz,
  grounds             text,
  reasons             text
);
CREATE INDEX supervision_by_begin ON supervision (began_position);

CREATE TABLE prosecution (                  -- procuratorate
  prosecution_id      uuid PRIMARY KEY,
  began_position      bigint,
  transfer_id         text,
  bureau_id           text,
  police_id           text,
  referral_id         text,
  criminal_case_number text,
  outcome             integer,              -- enforcement.transfer.v1.TransferOutcome
  decided_at          timestamptz,
  penalty_needed      boolean
);
CREATE INDEX prosecution_by_begin ON prosecution (began_position);

CREATE TABLE process (                      -- any side: which events belong to a process (process.py)
  position          bigint PRIMARY KEY,
  event_id          uuid NOT NULL,
  correlation_id    uuid NOT NULL,
  subject_id        text,                   -- transfer or opinion; NULL: the aggregate's other events name it
  aggregate_id      text,
  answers_event_id  uuid,                   -- event whose envelope was answered, or could not be sent
  rejected          boolean                 -- an envelope that was refused here
);
CREATE INDEX process_of ON process (subject_id);
CREATE INDEX process_by_aggregate ON process (aggregate_id);
CREATE INDEX process_by_answered ON process (answers_event_id);
CREATE INDEX process_by_correlation ON process (correlation_id) WHERE rejected;

CREATE TABLE opinion (                      -- procuratorate and bureau: one row an opinion, under this ledger's own id
  id                uuid PRIMARY KEY,
  began_position    bigint,
  opinion_id        uuid,                   -- in the procuratorate's ledger
  counterpart       text,                   -- authority, procuratorate, or its name when it came on paper
  stage             text,                   -- Chinese term of services.transfer.model.{opinion,opinion_case}.Stage
  issued_at         timestamptz,
  received_at       timestamptz,
  received_on       date,                   -- in Shanghai
  reply_nominal_on  text,                   -- ISO date, before rolling
  fallback          boolean,
  on_paper          boolean,
  asks_transfer     boolean,                -- for a transfer to the police, not for a penalty
  same_as           uuid,                   -- the opinion of which this is another copy; NULL: a first one
  copies            int,                    -- other copies that arrived
  differs           text[],                 -- what they say differently: fields of the content
  replied_at        timestamptz,            -- the first reply
  reply_kind        int,                    -- of the last one
  outcome           int,
  reason            text,
  reply_documents   jsonb,
  case_id           text,
  handler_ids       text[],
  escalations       int,
  content           jsonb,                  -- enforcement.transfer.v1.OpinionContent
  number_key        text                    -- of the opinion's number, as it is compared; bureau
);
CREATE INDEX opinion_by_number ON opinion (number_key);
CREATE INDEX opinion_by_begin ON opinion (began_position);
CREATE INDEX opinion_by_opinion ON opinion (opinion_id);
CREATE INDEX opinion_by_receipt ON opinion (received_on);

CREATE TABLE opinion_clock (                -- the clock of the reply, as this side keeps it
  deadline_id       uuid PRIMARY KEY,
  opinion_id        uuid,
  ends_at           timestamptz,
  provisional       boolean,
  met_at            timestamptz,
  in_time           boolean
);
CREATE INDEX opinion_clock_by_opinion ON opinion_clock (opinion_id);

CREATE TABLE restricted_clue (              -- who found it, and receiver: only those in `reader_ids` are shown a row
  clue_id           uuid PRIMARY KEY,
  began_position    bigint,
  sender_id         text,                   -- empty for an own clue
  receiver          text,
  stage             text,                   -- Chinese term of services.transfer.model.discipline.{Stage,ReceivedStage}
  content           jsonb,                  -- enforcement.transfer.v1.ClueContent
  reader_ids        text[],                 -- NULL: arrived, and nobody signed yet
  noted_at          timestamptz,
  due_on            text,
  overdue           boolean,
  sent_at           timestamptz,
  received_at       timestamptz,
  register_number   text,
  outcome           int,
  outcome_at        timestamptz
);
CREATE INDEX restricted_clue_by_begin ON restricted_clue (began_position);

CREATE TABLE paper_answer (                 -- what authorities without a node told on paper (paper_views.py)
  answer_id         uuid PRIMARY KEY,
  transfer_id       uuid NOT NULL,
  matter_id         uuid,                   -- police, procuratorate: referral or supervision
  began_position    bigint NOT NULL,
  kind              int NOT NULL,           -- enforcement.transfer.v1.PaperAnswerKind
  answered_by       text NOT NULL,
  signed_at         timestamptz NOT NULL,
  confirmed         boolean NOT NULL,
  standing          text NOT NULL           -- words of services.transfer.model.letters
);
CREATE INDEX paper_answer_of ON paper_answer (transfer_id, began_position);
CREATE INDEX paper_answer_about ON paper_answer (matter_id, began_position);

CREATE TABLE case_seen (                    -- bureau: what of cases and on-the-spot penalties a criminal standard is compared with
  matter_id           uuid PRIMARY KEY,     -- case, or penalty on the spot; personal
  act_code            text,
  act_on              date,                 -- last day of an act that went on
  party_kind          int,                  -- enforcement.cases.v1.PartyKind
  party_number        text,
  income_fen          bigint,               -- illegal income, as it was found last
  penalised_on        date,                 -- NULL when it was not, or the decision was revoked
  crime_acts          text[],               -- of which the evaluation of discretion found a suspected crime
  transfer_decisions  int
);
CREATE INDEX case_seen_by_party ON case_seen (party_number) WHERE penalised_on IS NOT NULL;

CREATE TABLE suspicion (                    -- bureau: crimes suspected for which nothing was transferred (有案不移)
  suspicion_id        uuid PRIMARY KEY,
  began_position      bigint,
  case_id             text,
  act_code            text,
  findings            jsonb,                -- enforcement.transfer.v1.SuspicionFinding, all there ever were
  raised_at           timestamptz,
  open                boolean,
  answer              int,                  -- enforcement.transfer.v1.SuspicionAnswer
  answered_at         timestamptz,
  reason              text,
  transfer_id         text                  -- in which it is pursued
);
CREATE INDEX suspicion_by_begin ON suspicion (began_position);
CREATE INDEX transfer_by_case ON transfer (case_id);

CREATE TABLE sheet (                        -- documents that this authority made (文书), to know a letter of transfer
  sha256              text PRIMARY KEY,     -- of the file, hexadecimal
  form                text,
  matter_id           text,                 -- case or on-the-spot penalty
  number              text
);
