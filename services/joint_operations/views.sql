-- Joint operations as people read them: what this authority leads, and what it takes part in.
-- Columns that hold a message as JSON name it; its fields are those of protos/enforcement/joint_operations/v1/events.proto.
-- Read in this order: operation, participant, partner, absence, participation,
-- hosted_partner, inspection, finding, draw, witnessed_draw.

CREATE TABLE operation (                    -- operations that this authority leads
  operation_id    uuid PRIMARY KEY,
  began_position  bigint,
  stage           text,                     -- Chinese term of services.joint_operations.model.operation.Stage
  plan            jsonb,                    -- OperationPlanned
  roster          jsonb,                    -- RosterPublished in force; NULL before
  proposal        jsonb,                    -- SummaryProposed last put to the participants; NULL before
  unsigned        jsonb,                    -- [Unsigned] of the summary that was published; NULL before
  unreported      jsonb                     -- [Unreported] of the end and of the last proposal; NULL before
);
CREATE INDEX operation_by_begin ON operation (began_position);

CREATE TABLE participant (                  -- one row per operation led and authority invited
  operation_id    uuid,
  participant_id  text,
  invited_position bigint,
  standing        text,                     -- Chinese term: 已邀请, 已应邀, 已谢绝, 已报告
  officers        int,
  cars            int,
  numbers         jsonb,                    -- FieldNumbers as reported; NULL while no report stands
  signed          text,                     -- proposal that it signed; NULL before
  refused         text,                     -- proposal that it refused to sign; NULL when none
  refusal_reason  text,                     -- in its own words
  PRIMARY KEY (operation_id, participant_id)
);

CREATE TABLE partner (                      -- partners without a node, in operations that this authority leads
  operation_id    uuid,
  partner_id      uuid,
  listed_position bigint,
  name            text,
  kind            int,                      -- PartnerKind
  host_id         text,                     -- participant that keeps its record
  heads           int,                      -- persons of all its attendances (人次)
  signed          text,                     -- proposal that it signed on paper; NULL before
  PRIMARY KEY (operation_id, partner_id)
);

CREATE TABLE absence (                      -- officers who cannot act, in operations led and taken part in
  operation_id    uuid,
  participant_id  text,
  officer_id      text,
  spans           jsonb,                    -- [[begin, end)] in microseconds; the end 2^62 while it goes on
  PRIMARY KEY (operation_id, participant_id, officer_id)
);

CREATE TABLE participation (                -- operations that this authority takes part in
  participation_id uuid PRIMARY KEY,
  began_position  bigint,
  operation_id    uuid,
  stage           text,                     -- Chinese term of services.joint_operations.model.participation.Stage
  invitation      jsonb,                    -- InvitationReceived
  acceptance      jsonb,                    -- InvitationAccepted; NULL before
  roster          jsonb,                    -- RosterReceived in force; NULL before
  tally           jsonb,                    -- what numbers.Tally holds
  summary         jsonb,                    -- SummaryReceived last; NULL before
  signed          text,                     -- proposal that this authority signed; NULL before
  refused         text,                     -- proposal that it refused to sign; NULL when none
  unsigned        jsonb                     -- [Unsigned] of the summary that was published; NULL before
);
CREATE INDEX participation_by_begin ON participation (began_position);
CREATE INDEX participation_of_operation ON participation (operation_id);

CREATE TABLE hosted_partner (               -- partners without a node whose record this authority keeps
  participation_id uuid,
  partner_id      uuid,
  listed_position bigint,
  name            text,
  kind            int,                      -- PartnerKind
  host_id         text,                     -- this authority; NULL before the partner was there
  heads           int,                      -- persons of all its attendances (人次)
  signed          text,                     -- proposal that it signed on paper; NULL before
  PRIMARY KEY (participation_id, partner_id)
);

CREATE TABLE inspection (
  inspection_id   uuid PRIMARY KEY,
  began_position  bigint,
  participation_id uuid,
  inspected_at    timestamptz,
  recorded        jsonb                     -- InspectionRecorded
);
CREATE INDEX inspection_of_participation ON inspection (participation_id, began_position);

CREATE TABLE finding (                      -- findings of this authority; partners' are not known here
  finding_id      uuid PRIMARY KEY,
  began_position  bigint,
  participation_id uuid,
  found_at        timestamptz,
  recorded        jsonb,                    -- FindingRecorded
  handlings       int[],                    -- Handling, in order
  owner_id        text,                     -- NULL until assigned
  handed_off      boolean,
  case_id         uuid                      -- the owner's case; NULL until it acknowledged
);
CREATE INDEX finding_of_participation ON finding (participation_id, began_position);

CREATE TABLE draw (                         -- draws (双随机) that this authority leads
  draw_id         uuid PRIMARY KEY,
  began_position  bigint,
  operation_id    uuid,
  stage           text,                     -- Chinese term of services.joint_operations.model.draw.lead.Stage
  lead_id         text,
  witness_id      text,
  pool            jsonb,                    -- DrawPool as it stands, frozen once it was committed to
  lead_commitment text,                     -- the four: bytes in hex; NULL before
  witness_commitment text,
  lead_seed       text,
  witness_seed    text,
  drawn           jsonb                     -- [DrawnObject] as the lead recorded it; NULL before
);
CREATE INDEX draw_by_begin ON draw (began_position);

CREATE TABLE witnessed_draw (               -- draws that this authority witnesses; apart, because a lead chooses draw_id
  draw_witness_id uuid PRIMARY KEY,         -- follows from the draw and from who signed it
  began_position  bigint,
  draw_id         uuid,
  operation_id    uuid,                     -- NULL in draws of a time before the lead told it
  stage           text,                     -- Chinese term of services.joint_operations.model.draw.witness.Stage
  lead_id         text,
  pool            jsonb,                    -- these six as in draw
  lead_commitment text,
  witness_commitment text,
  lead_seed       text,
  witness_seed    text,
  drawn           jsonb
);
CREATE INDEX witnessed_draw_by_begin ON witnessed_draw (began_position);
CREATE INDEX witnessed_draw_of ON witnessed_draw (draw_id);
CREATE INDEX witnessed_draw_of_operation ON witnessed_draw (operation_id);
