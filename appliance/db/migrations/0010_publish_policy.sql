-- Versions of policy that a shop publishes beside the one that ships; and what decisions were made on, to try a draft on.

CREATE TABLE policy_version (
    shop_id text NOT NULL,
    -- name, version and hash of the content, as decisions record it
    policy text NOT NULL,
    effective_from timestamptz NOT NULL,
    files jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'published', 'refused', 'recalled')),
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    recalled_by uuid,
    recalled_at timestamptz,
    PRIMARY KEY (shop_id, policy),
    -- two persons, whoever writes here
    CHECK (decided_by <> proposed_by),
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'recalled') = (recalled_by IS NOT NULL))
);
-- Which of two that begin at once would decide?
CREATE UNIQUE INDEX policy_version_beginning ON policy_version (shop_id, effective_from) WHERE state = 'published';
SELECT protect_table('policy_version');

ALTER TABLE decision ADD COLUMN asked jsonb;
