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
  handed_over_at      timestamptz
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
  PRIMARY KEY (transfer_id, bureau_id)
);
CREATE INDEX oversight_by_begin ON oversight (began_position);

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
