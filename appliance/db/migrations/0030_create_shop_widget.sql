-- How a shop's chat widget appears, and on which pages besides our own it may. What stands here anybody may see.
CREATE TABLE shop_widget (
    shop_id text PRIMARY KEY REFERENCES shop (shop_id),
    -- scheme, host and port of pages that may embed it
    origins text[] NOT NULL,
    accent text CHECK (accent ~ '^#[0-9a-f]{6}$'),
    -- a PNG of a fixed size
    avatar bytea CHECK (octet_length(avatar) <= 262144),
    updated_at timestamptz NOT NULL
);
SELECT protect_table('shop_widget');
