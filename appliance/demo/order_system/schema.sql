CREATE TABLE IF NOT EXISTS shops (
    shop_id        TEXT PRIMARY KEY,
    key_hash       BLOB NOT NULL UNIQUE,
    webhook_url    TEXT,
    webhook_secret TEXT,
    clock_offset_s REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS members (
    shop_id   TEXT NOT NULL,
    member_no TEXT NOT NULL,
    doc       BLOB NOT NULL,
    PRIMARY KEY (shop_id, member_no)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS trades (
    shop_id    TEXT NOT NULL,
    trade_no   TEXT NOT NULL,
    member_no  TEXT NOT NULL,
    ordered_at TEXT NOT NULL,
    doc        BLOB NOT NULL,
    PRIMARY KEY (shop_id, trade_no)
);
CREATE INDEX IF NOT EXISTS trades_of_member ON trades (shop_id, member_no, ordered_at DESC, trade_no DESC);

CREATE TABLE IF NOT EXISTS services (
    shop_id    TEXT NOT NULL,
    service_no TEXT NOT NULL,
    trade_no   TEXT NOT NULL,
    PRIMARY KEY (shop_id, service_no)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS skus (
    shop_id  TEXT NOT NULL,
    sku_code TEXT NOT NULL,
    spu_code TEXT NOT NULL,
    spec_name TEXT NOT NULL,
    price    TEXT NOT NULL,
    stock    INTEGER,
    PRIMARY KEY (shop_id, sku_code)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS skus_of_product ON skus (shop_id, spu_code, sku_code);

-- One row per write, by the caller's idempotency key.
CREATE TABLE IF NOT EXISTS requests (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id     TEXT NOT NULL,
    request_no  TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    operation   TEXT NOT NULL,
    trade_no    TEXT NOT NULL,
    body        BLOB NOT NULL,
    answer      BLOB NOT NULL,
    accepted    TEXT NOT NULL,
    UNIQUE (shop_id, request_no)
);

CREATE TABLE IF NOT EXISTS refunds (
    shop_id    TEXT NOT NULL,
    service_no TEXT NOT NULL,
    member_no  TEXT NOT NULL,
    amount     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('PENDING', 'PAID', 'VOID')),
    paid_at    TEXT,
    PRIMARY KEY (shop_id, service_no)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refunds_of_member ON refunds (shop_id, member_no, state, paid_at);

-- Events to be pushed; a row stays until its delivery was acknowledged.
CREATE TABLE IF NOT EXISTS outbox (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    shop_id      TEXT NOT NULL,
    event_no     TEXT NOT NULL UNIQUE,
    trade_no     TEXT NOT NULL,
    type         TEXT NOT NULL,
    body         BLOB NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      REAL NOT NULL,
    delivered_at REAL,
    gave_up_at   REAL
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (next_at) WHERE delivered_at IS NULL AND gave_up_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_of_trade ON outbox (shop_id, trade_no, seq)
    WHERE delivered_at IS NULL AND gave_up_at IS NULL;

-- What the SMS gateway was handed, one for a key.
CREATE TABLE IF NOT EXISTS messages (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    request_no TEXT NOT NULL UNIQUE,
    body       BLOB NOT NULL,
    accepted   TEXT NOT NULL
);
