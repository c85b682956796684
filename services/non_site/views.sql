-- Non-site enforcement as people read it. Columns that hold a message as JSON name it; its fields are those of
-- protos/enforcement/non_site/v1.
-- Read in this order: device, capture, incident, turned_down, follow_up, subject, violation, review_item.

CREATE TABLE device (
  device_id       uuid PRIMARY KEY,
  began_position  bigint
);
CREATE INDEX device_by_begin ON device (began_position);

CREATE TABLE capture (                      -- records of devices
  capture_id      uuid PRIMARY KEY,
  began_position  bigint,
  stage           text,                     -- Chinese term of services.non_site.model.capture.Stage
  device_id       uuid,
  captured_at     timestamptz,
  captured_on     date,                     -- its day in Shanghai
  plate           text,                     -- normalised: no dots, no blanks
  plate_colour    text,
  mismatched      boolean,                  -- the reviewer found that the dimensions disagree
  mismatch_copied_at timestamptz,           -- when the traffic police got it; NULL while they have not
  notice_code     text,                     -- NULL before the party is told
  incident_id     uuid,                     -- NULL before the record is adopted
  recorded        jsonb,                    -- CaptureRecorded
  checked         jsonb,                    -- CaptureChecked
  reviewed        jsonb,                    -- CaptureReviewed; NULL before
  notified        jsonb,                    -- PartyNotified; NULL before
  statements      jsonb,                    -- list of CaptureContested
  answers         jsonb,                    -- list of ContestAnswered
  conceded        jsonb                     -- CaptureConceded, the latest; NULL when the party did not say so
);
CREATE INDEX capture_by_begin ON capture (began_position);
CREATE INDEX capture_by_stage ON capture (stage, began_position);
CREATE INDEX capture_by_plate ON capture (plate, began_position);
CREATE INDEX capture_by_device ON capture (device_id, began_position);
CREATE INDEX capture_by_day ON capture (captured_on, began_position);
CREATE INDEX capture_by_code ON capture (notice_code) WHERE notice_code IS NOT NULL;
CREATE INDEX capture_mismatched ON capture (captured_on, began_position) WHERE mismatched;

CREATE TABLE incident (
  incident_id     uuid PRIMARY KEY,
  began_position  bigint,
  plate           text,                     -- normalised
  opened          jsonb,                    -- IncidentOpened
  parties         jsonb                     -- list of IncidentPartyAdded
);
CREATE INDEX incident_by_begin ON incident (began_position);
CREATE INDEX incident_by_plate ON incident (plate, began_position);
CREATE INDEX incident_by_case ON incident USING gin (parties jsonb_path_ops);

CREATE TABLE turned_down (                  -- parties of incidents whose clue was not filed
  case_id         uuid PRIMARY KEY,
  incident_id     uuid
);
CREATE INDEX turned_down_of_incident ON turned_down (incident_id);

CREATE TABLE follow_up (                    -- what follows a case
  follow_up_id    uuid PRIMARY KEY,
  began_position  bigint,
  case_id         uuid,
  incident_id     uuid,                     -- NULL for a case that is alone
  stage           text,                     -- Chinese term of services.non_site.model.follow_up.Stage
  followed        jsonb,                    -- CaseFollowed
  decided         jsonb,                    -- FollowUpDecided, the latest; NULL before
  handled         jsonb,                    -- CaseHandled; NULL before
  issued          jsonb,                    -- HomeNoticeIssued, the latest; NULL before
  withdrawn       jsonb                     -- HomeNoticeWithdrawn; NULL while the latest stands
);
CREATE INDEX follow_up_by_begin ON follow_up (began_position);
CREATE INDEX follow_up_of_case ON follow_up (case_id);
CREATE INDEX follow_up_of_incident ON follow_up (incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX follow_up_by_stage ON follow_up (stage, began_position);

CREATE TABLE subject (                      -- a vehicle, driver or company whose violations are counted
  subject_id      uuid PRIMARY KEY,
  began_position  bigint,
  kind            int,                      -- SubjectKind
  label           text,
  fleet           jsonb                     -- company: trucks by the day from which on
);
CREATE INDEX subject_by_begin ON subject (began_position);

CREATE TABLE violation (                    -- one for each case or notice that establishes it: count the distinct ids
  subject_id      uuid,
  violation_id    uuid,
  ground_id       uuid,
  position        bigint,
  committed_on    date,
  vehicle_id      text,                     -- as a subject; empty when unknown
  counted         jsonb,                    -- ViolationCounted
  PRIMARY KEY (subject_id, violation_id, ground_id)
);
CREATE INDEX violation_by_day ON violation (subject_id, committed_on);

CREATE TABLE review_item (
  item_id         uuid PRIMARY KEY,
  began_position  bigint,
  subject_id      uuid,
  stage           text,                     -- Chinese term of services.non_site.model.subject.ItemStage
  kind            int,                      -- FollowUpReviewKind
  raised          jsonb,                    -- ReviewItemRaised
  officer_id      text,                     -- empty before somebody claims it
  outcome         int,                      -- FollowUpReviewOutcome; 0 before
  reason          text
);
CREATE INDEX review_item_by_begin ON review_item (began_position);
CREATE INDEX review_item_of_subject ON review_item (subject_id, began_position);
