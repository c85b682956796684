-- Spans of all authorities of one machine, so that one case can be followed across them.
-- Holds: a span sent twice is kept once; its links and its resource (whose node, which process) are kept with it.
-- Does not hold: completeness. Exporters drop spans when they must; the ledgers are the record.
-- Read in this order: span, span_link, metric, spans_of_case_v1.

CREATE TABLE IF NOT EXISTS span (
    trace_id     text        NOT NULL,              -- 32 hex digits
    span_id      text        NOT NULL,              -- 16 hex digits
    parent_id    text        NOT NULL,              -- empty for the first span of a trace
    name         text        NOT NULL,
    kind         text        NOT NULL,              -- INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER
    started_at   timestamptz NOT NULL,
    duration_us  bigint      NOT NULL,
    status       text        NOT NULL,              -- UNSET, OK, ERROR
    authority_id text        NOT NULL,
    service      text        NOT NULL,
    case_id      text        NOT NULL,              -- enforcement.case.id; empty when the span follows no case
    attributes   jsonb       NOT NULL,
    resource     jsonb       NOT NULL,
    CONSTRAINT a_span_is_kept_once PRIMARY KEY (trace_id, span_id)
);
CREATE INDEX IF NOT EXISTS span_by_case ON span (case_id, trace_id) WHERE case_id <> '';
CREATE INDEX IF NOT EXISTS span_by_start ON span (started_at);

-- The causes of a span in other traces.
CREATE TABLE IF NOT EXISTS span_link (
    trace_id        text NOT NULL,
    span_id         text NOT NULL,
    linked_trace_id text NOT NULL,
    linked_span_id  text NOT NULL,
    PRIMARY KEY (trace_id, span_id, linked_trace_id, linked_span_id),
    FOREIGN KEY (trace_id, span_id) REFERENCES span ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS span_link_by_cause ON span_link (linked_trace_id);

-- The last value of every metric; of a histogram its count and sum.
CREATE TABLE IF NOT EXISTS metric (
    authority_id text        NOT NULL,
    service      text        NOT NULL,
    name         text        NOT NULL,
    unit         text        NOT NULL,
    labels       jsonb       NOT NULL,
    value        double precision NOT NULL,         -- a histogram's sum
    count        bigint      NOT NULL,              -- a histogram's count, else 1
    at           timestamptz NOT NULL,
    PRIMARY KEY (authority_id, service, name, labels)
);

-- Every span of a case, oldest first: the traces in which a span names the case, and those that link to one of them,
-- step by step, unless they follow another case.
CREATE OR REPLACE FUNCTION spans_of_case_v1(wanted text)
RETURNS TABLE (
    trace_id text, span_id text, parent_id text, name text, kind text, started_at timestamptz, duration_us bigint,
    status text, authority_id text, service text, attributes jsonb, links jsonb
)
LANGUAGE sql STABLE
SET search_path = public
AS $$
    WITH RECURSIVE journey (trace_id) AS (
        SELECT s.trace_id FROM span s WHERE s.case_id = spans_of_case_v1.wanted AND s.case_id <> ''
        UNION
        SELECT l.trace_id
        FROM span_link l
        JOIN journey j ON j.trace_id = l.linked_trace_id
        WHERE NOT EXISTS (
            SELECT FROM span other
            WHERE other.trace_id = l.trace_id AND other.case_id NOT IN ('', spans_of_case_v1.wanted)
        )
    )
    SELECT s.trace_id, s.span_id, s.parent_id, s.name, s.kind, s.started_at, s.duration_us, s.status,
           s.authority_id, s.service, s.attributes,
           COALESCE(
               (SELECT jsonb_agg(jsonb_build_object('traceId', l.linked_trace_id, 'spanId', l.linked_span_id))
                FROM span_link l WHERE l.trace_id = s.trace_id AND l.span_id = s.span_id),
               '[]'
           )
    FROM journey j
    JOIN span s ON s.trace_id = j.trace_id
    ORDER BY s.started_at, s.trace_id, s.duration_us DESC
$$;
