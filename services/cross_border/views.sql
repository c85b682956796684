-- Cooperation across borders as people read it: what this authority asks of others, and what others ask of it.
-- Columns that hold a message as JSON name it; its fields are those of protos/enforcement/cross_border/v1/events.proto.
-- Read in this order: request, request_item, case_team, task, task_item, escalation, copy_notice,
-- rule_set_comparison, circular, designation.

CREATE TABLE request (                      -- what this authority asked
  request_id      uuid PRIMARY KEY,
  began_position  bigint,
  stage           text,                     -- Chinese term of services.cross_border.model.request.Stage
  case_id         uuid,                     -- NULL when it serves no case
  handed_over     boolean,                  -- the clue or case itself goes to the other side
  sent_at         timestamptz,              -- NULL while it is a draft
  sent            jsonb,                    -- RequestSent, also of a draft
  rejection       jsonb,                    -- RequestRejected; NULL when it did not come back
  answer          jsonb,                    -- AnswerReceived, the latest with the parts before it; NULL before
  overdue         integer                   -- OverdueStep while the other side is late; NULL while it is not
);
CREATE INDEX request_by_begin ON request (began_position);
CREATE INDEX request_of_case ON request (case_id, began_position);

CREATE TABLE request_item (                 -- evidence in the answers
  request_id      uuid,
  item_id         uuid,
  answered_position bigint,
  item            jsonb,                    -- EvidenceItem, the latest form
  judged          jsonb,                    -- EvidenceRecognised, the latest; NULL before
  PRIMARY KEY (request_id, item_id)
);

CREATE TABLE case_team (                    -- who handles the case that a request serves, and sees all of it
  case_id         uuid PRIMARY KEY,
  officer_ids     text[]
);

CREATE TABLE task (                         -- what was asked of this authority
  task_id         uuid PRIMARY KEY,
  began_position  bigint,
  request_id      uuid,
  stage           text,                     -- Chinese term of services.cross_border.model.task.Stage
  received_at     timestamptz,
  received        jsonb,                    -- TaskReceived
  acceptance      jsonb,                    -- TaskAccepted; NULL before
  rejection       jsonb,                    -- TaskRejected; NULL when it was not sent back
  overdue         integer                   -- OverdueStep while this authority is late; NULL while it is not
);
CREATE INDEX task_by_begin ON task (began_position);
CREATE INDEX task_of_request ON task (request_id);

CREATE TABLE task_item (                    -- evidence that this authority gave
  task_id         uuid,
  item_id         uuid,
  answered_position bigint,
  item            jsonb,                    -- EvidenceItem, the latest form
  judged          jsonb,                    -- the requester's EvidenceRecognised, as far as shown; NULL before
  PRIMARY KEY (task_id, item_id)
);

CREATE TABLE escalation (                   -- what others told this authority as a superior (督办)
  request_id      uuid,
  requester_id    text,                     -- who told it, and waits
  step            integer,                  -- OverdueStep
  due_on          text,
  told_position   bigint,
  escalated_at    timestamptz,
  told            jsonb,                    -- RequestEscalated
  PRIMARY KEY (request_id, requester_id, step, due_on)
);
CREATE INDEX escalation_by_begin ON escalation (told_position);

CREATE TABLE copy_notice (                  -- what this authority told others, and they told it, without asking (抄告)
  copy_id         uuid PRIMARY KEY,         -- the notice; of a received one, its id here
  began_position  bigint,
  received        boolean,
  notice_id       uuid,                     -- the sender's id of it
  authority_id    text,                     -- the other one
  recorded_at     timestamptz,
  delivered       boolean,                  -- a sent one: the other side has it
  withdrawn_at    timestamptz,              -- NULL while it stands
  notice          jsonb                     -- CopyNotice
);
CREATE INDEX copy_notice_by_begin ON copy_notice (received, began_position);

CREATE TABLE rule_set_comparison (          -- what partners apply of each rule set, and whether this authority does, too
  comparison_id   uuid,
  partner_id      text,
  began_position  bigint,
  rule_set_code   text,
  own_version     integer,                  -- 0: none
  partner_version integer,                  -- 0: none
  same            boolean,
  since           timestamptz,
  PRIMARY KEY (comparison_id, partner_id)
);
CREATE INDEX rule_set_comparison_by_begin ON rule_set_comparison (began_position);

CREATE TABLE circular (                     -- bulletins, notices, records of meetings, told and received (通报、互通)
  id              uuid PRIMARY KEY,         -- the circular; of a received one, its id here
  began_position  bigint,
  received        boolean,
  kind            integer,                  -- CircularKind
  sender_id       text,
  recipient_ids   text[],                   -- empty for a received one
  content         jsonb,                    -- CircularContent of the latest revision; personal
  revision        integer,
  told_at         timestamptz,
  acknowledged_by text[],                   -- who took note of the latest revision; empty for a received one
  taken_note      boolean                   -- a received one: an officer here took note; NULL for one that was told
);
CREATE INDEX circular_by_begin ON circular (received, began_position);

CREATE TABLE designation (                  -- disputes that were brought before this authority as the superior (指定管辖)
  designation_id  uuid PRIMARY KEY,
  began_position  bigint,
  side_ids        text[],
  case_ids        text[],                   -- in the order of side_ids
  asked_by        text[],
  reasons         text[],                   -- in the order of asked_by
  asked_at        timestamptz,
  owner_id        text,                     -- NULL while it is open
  number          text,
  designated_at   timestamptz,
  round           integer,                  -- how many disputes of the two about the case ended before this one
  lapsed_at       timestamptz,              -- the sides had settled it themselves; NULL when they had not
  act_code        text,
  act_on          text,
  reminded_at     timestamptz               -- a side reminded last; NULL when none did
);
CREATE INDEX designation_by_begin ON designation (began_position);
