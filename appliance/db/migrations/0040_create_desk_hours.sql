-- When the people of a skill group are there, where a shop has said so itself. Groups without a row keep the hours of the
-- desk's terms. Customers are told of it.
CREATE TABLE desk_hours (
    shop_id    text NOT NULL,
    skill      text NOT NULL,
    hours      jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, skill)
);
SELECT protect_table('desk_hours');
