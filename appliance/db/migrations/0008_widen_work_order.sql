-- Work orders get states of their own, clocks, teams, comments, attachments and a history.

DROP INDEX work_order_status;
DROP INDEX work_order_difference;
ALTER TABLE work_order DROP CONSTRAINT work_order_status_check;
ALTER TABLE work_order RENAME COLUMN status TO state;
UPDATE work_order SET state = 'new' WHERE state = 'open';
ALTER TABLE work_order
    ALTER COLUMN state DROP DEFAULT,
    ADD CHECK (state IN ('new', 'assigned', 'in_progress', 'waiting_customer', 'resolved', 'closed', 'reopened',
                         'cancelled', 'merged')),
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    ADD COLUMN team text NOT NULL DEFAULT 'after_sales'
        CHECK (team IN ('after_sales', 'finance', 'warehouse', 'legal')),
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
    ADD COLUMN assignee uuid,
    ADD COLUMN opener_type text NOT NULL DEFAULT 'service',
    ADD COLUMN opener text NOT NULL DEFAULT 'work-orders',
    -- since when the time of its resolution runs: the opening, or the last reopening
    ADD COLUMN clock_since timestamptz,
    ADD COLUMN response_due_at timestamptz,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN warn_at timestamptz,
    ADD COLUMN responded_at timestamptz,
    ADD COLUMN paused_at timestamptz,
    -- working time for which the clock stood still
    ADD COLUMN waited_s integer NOT NULL DEFAULT 0 CHECK (waited_s >= 0),
    ADD COLUMN warned_at timestamptz,
    -- one note, and so one escalation, for each breach
    ADD COLUMN response_breached_at timestamptz,
    ADD COLUMN breached_at timestamptz,
    ADD COLUMN escalation integer NOT NULL DEFAULT 0,
    ADD COLUMN outcome text,
    ADD COLUMN merged_into uuid,
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN resolved_at timestamptz;

-- What stands there already is due as soon as somebody looks: nobody has kept its time until now.
UPDATE work_order
SET clock_since = created_at, response_due_at = created_at, due_at = created_at, warn_at = created_at,
    updated_at = coalesce(closed_at, created_at);
ALTER TABLE work_order
    ALTER COLUMN clock_since SET NOT NULL,
    ALTER COLUMN response_due_at SET NOT NULL,
    ALTER COLUMN due_at SET NOT NULL,
    ALTER COLUMN warn_at SET NOT NULL,
    ALTER COLUMN updated_at SET NOT NULL,
    ALTER COLUMN version DROP DEFAULT,
    ALTER COLUMN priority DROP DEFAULT,
    ALTER COLUMN team DROP DEFAULT,
    ALTER COLUMN opener_type DROP DEFAULT,
    ALTER COLUMN opener DROP DEFAULT,
    ADD CHECK ((state = 'waiting_customer') = (paused_at IS NOT NULL)),
    ADD CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
    ADD FOREIGN KEY (shop_id, merged_into) REFERENCES work_order (shop_id, work_order_id);
CREATE INDEX work_order_newest ON work_order (shop_id, created_at DESC, work_order_id DESC);
CREATE INDEX work_order_assignee ON work_order (shop_id, assignee, state);
CREATE INDEX work_order_case ON work_order (shop_id, case_id);
CREATE INDEX work_order_running ON work_order (due_at)
    WHERE state IN ('new', 'assigned', 'in_progress', 'reopened');
CREATE UNIQUE INDEX work_order_difference ON work_order (shop_id, case_id, kind)
    WHERE kind = 'difference' AND state IN ('new', 'assigned', 'in_progress', 'waiting_customer', 'reopened');

CREATE TABLE work_order_change (
    shop_id       text NOT NULL,
    change_id     uuid NOT NULL,
    work_order_id uuid NOT NULL,
    -- the version that it made
    seq           integer NOT NULL,
    deed          text NOT NULL,
    from_state    text,
    to_state      text NOT NULL,
    author_type   text NOT NULL,
    author        text NOT NULL,
    at            timestamptz NOT NULL,
    -- codes of closed sets and ids
    detail        jsonb NOT NULL,
    PRIMARY KEY (shop_id, change_id),
    FOREIGN KEY (shop_id, work_order_id) REFERENCES work_order (shop_id, work_order_id)
);
CREATE INDEX work_order_change_order ON work_order_change (shop_id, work_order_id, seq);
SELECT protect_table('work_order_change');

CREATE TABLE work_order_comment (
    shop_id       text NOT NULL,
    comment_id    uuid NOT NULL,
    work_order_id uuid NOT NULL,
    -- under whose keys it is sealed: the conversation's subject, or the shop's own
    subject_id    uuid NOT NULL,
    author_type   text NOT NULL,
    author        text NOT NULL,
    sealed        bytea NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (shop_id, comment_id),
    FOREIGN KEY (shop_id, work_order_id) REFERENCES work_order (shop_id, work_order_id)
);
CREATE INDEX work_order_comment_order ON work_order_comment (shop_id, work_order_id, at);
CREATE INDEX work_order_comment_subject ON work_order_comment (shop_id, subject_id);
SELECT protect_table('work_order_comment');

CREATE TABLE work_order_attachment (
    shop_id       text NOT NULL,
    work_order_id uuid NOT NULL,
    evidence_id   uuid NOT NULL,
    author_type   text NOT NULL,
    author        text NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (shop_id, work_order_id, evidence_id),
    FOREIGN KEY (shop_id, work_order_id) REFERENCES work_order (shop_id, work_order_id),
    FOREIGN KEY (shop_id, evidence_id) REFERENCES evidence (shop_id, evidence_id) ON DELETE CASCADE
);
SELECT protect_table('work_order_attachment');

CREATE TABLE work_member (
    shop_id          text NOT NULL,
    staff_id         uuid NOT NULL,
    team             text NOT NULL CHECK (team IN ('after_sales', 'finance', 'warehouse', 'legal')),
    -- codes of the shop's terms
    skills           text[] NOT NULL,
    is_available     boolean NOT NULL,
    last_assigned_at timestamptz,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (shop_id, staff_id, team)
);
SELECT protect_table('work_member');
