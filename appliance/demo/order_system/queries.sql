-- name: save_shop
INSERT INTO shops (shop_id, key_hash, webhook_url, webhook_secret, clock_offset_s)
VALUES (:shop_id, :key_hash, :webhook_url, :webhook_secret, :clock_offset_s)
ON CONFLICT (shop_id) DO UPDATE SET
    key_hash = excluded.key_hash, webhook_url = excluded.webhook_url,
    webhook_secret = excluded.webhook_secret, clock_offset_s = excluded.clock_offset_s

-- name: shops
SELECT shop_id, key_hash, webhook_url, webhook_secret, clock_offset_s FROM shops ORDER BY shop_id

-- name: drop_shop
DELETE FROM shops WHERE shop_id = :shop_id

-- name: drop_members
DELETE FROM members WHERE shop_id = :shop_id

-- name: drop_trades
DELETE FROM trades WHERE shop_id = :shop_id

-- name: drop_services
DELETE FROM services WHERE shop_id = :shop_id

-- name: drop_skus
DELETE FROM skus WHERE shop_id = :shop_id

-- name: drop_requests
DELETE FROM requests WHERE shop_id = :shop_id

-- name: drop_refunds
DELETE FROM refunds WHERE shop_id = :shop_id

-- name: drop_outbox
DELETE FROM outbox WHERE shop_id = :shop_id

-- name: save_member
INSERT OR REPLACE INTO members (shop_id, member_no, doc) VALUES (:shop_id, :member_no, :doc)

-- name: member
SELECT doc FROM members WHERE shop_id = :shop_id AND member_no = :member_no

-- name: refunds_paid_since
SELECT count(*) FROM refunds
WHERE shop_id = :shop_id AND member_no = :member_no AND state = 'PAID' AND paid_at >= :since

-- name: save_trade
INSERT INTO trades (shop_id, trade_no, member_no, ordered_at, doc)
VALUES (:shop_id, :trade_no, :member_no, :ordered_at, :doc)
ON CONFLICT (shop_id, trade_no) DO UPDATE SET
    member_no = excluded.member_no, ordered_at = excluded.ordered_at, doc = excluded.doc

-- name: update_trade
UPDATE trades SET doc = :doc WHERE shop_id = :shop_id AND trade_no = :trade_no

-- name: trade
SELECT doc FROM trades WHERE shop_id = :shop_id AND trade_no = :trade_no

-- name: count_trades
SELECT count(*) FROM trades WHERE shop_id = :shop_id AND member_no = :member_no

-- name: trades_of_member
SELECT doc FROM trades WHERE shop_id = :shop_id AND member_no = :member_no
ORDER BY ordered_at DESC, trade_no DESC LIMIT :size OFFSET :skip

-- name: save_service
INSERT INTO services (shop_id, service_no, trade_no) VALUES (:shop_id, :service_no, :trade_no)

-- name: drop_services_of_trade
DELETE FROM services WHERE shop_id = :shop_id AND trade_no = :trade_no

-- name: trade_of_service
SELECT trade_no FROM services WHERE shop_id = :shop_id AND service_no = :service_no

-- name: save_sku
INSERT OR REPLACE INTO skus (shop_id, sku_code, spu_code, spec_name, price, stock)
VALUES (:shop_id, :sku_code, :spu_code, :spec_name, :price, :stock)

-- name: sku
SELECT sku_code, spu_code, spec_name, price, stock FROM skus WHERE shop_id = :shop_id AND sku_code = :sku_code

-- name: family
SELECT sku_code, spu_code, spec_name, price, stock FROM skus
WHERE shop_id = :shop_id
  AND spu_code = (SELECT spu_code FROM skus WHERE shop_id = :shop_id AND sku_code = :sku_code)
ORDER BY sku_code

-- name: move_stock
UPDATE skus SET stock = stock + :by WHERE shop_id = :shop_id AND sku_code = :sku_code AND stock IS NOT NULL

-- name: request
SELECT fingerprint, answer FROM requests WHERE shop_id = :shop_id AND request_no = :request_no

-- name: save_request
INSERT INTO requests (shop_id, request_no, fingerprint, operation, trade_no, body, answer, accepted)
VALUES (:shop_id, :request_no, :fingerprint, :operation, :trade_no, :body, :answer, :accepted)

-- name: last_request
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'requests'), 0)

-- name: requests_of_shop
SELECT seq, request_no, operation, trade_no, body, accepted FROM requests
WHERE shop_id = :shop_id AND seq > :after ORDER BY seq LIMIT :size

-- name: count_requests
SELECT count(*) FROM requests WHERE shop_id = :shop_id

-- name: save_refund
INSERT INTO refunds (shop_id, service_no, member_no, amount, state)
VALUES (:shop_id, :service_no, :member_no, :amount, 'PENDING')

-- name: pay_refund
UPDATE refunds SET state = 'PAID', paid_at = :now
WHERE shop_id = :shop_id AND service_no = :service_no AND state = 'PENDING'

-- name: void_refund
UPDATE refunds SET state = 'VOID' WHERE shop_id = :shop_id AND service_no = :service_no AND state = 'PENDING'

-- name: count_refunds
SELECT state, count(*) FROM refunds WHERE shop_id = :shop_id GROUP BY state

-- name: save_event
INSERT INTO outbox (shop_id, event_no, trade_no, type, body, next_at)
VALUES (:shop_id, :event_no, :trade_no, :type, :body, :now)

-- name: due_events
-- In order within a trade: an event waits while an earlier one of its trade does.
SELECT o.shop_id, o.event_no, o.type, o.body, o.attempts FROM outbox o
WHERE o.delivered_at IS NULL AND o.gave_up_at IS NULL AND o.next_at <= :now
  AND NOT EXISTS (
    SELECT 1 FROM outbox e
    WHERE e.shop_id = o.shop_id AND e.trade_no = o.trade_no AND e.seq < o.seq
      AND e.delivered_at IS NULL AND e.gave_up_at IS NULL
  )
ORDER BY o.seq LIMIT :size

-- name: next_due
SELECT min(next_at) FROM outbox o
WHERE o.delivered_at IS NULL AND o.gave_up_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM outbox e
    WHERE e.shop_id = o.shop_id AND e.trade_no = o.trade_no AND e.seq < o.seq
      AND e.delivered_at IS NULL AND e.gave_up_at IS NULL
  )

-- name: event_delivered
UPDATE outbox SET delivered_at = :now, attempts = attempts + 1 WHERE event_no = :event_no

-- name: event_failed
UPDATE outbox SET attempts = attempts + 1, next_at = :next_at, gave_up_at = :gave_up_at WHERE event_no = :event_no

-- name: events_of_shop
SELECT event_no, type, trade_no, attempts, delivered_at, gave_up_at FROM outbox
WHERE shop_id = :shop_id ORDER BY seq LIMIT :size

-- name: save_message
INSERT INTO messages (request_no, body, accepted) VALUES (:request_no, :body, :accepted) ON CONFLICT DO NOTHING

-- name: message
SELECT seq, body FROM messages WHERE request_no = :request_no

-- name: messages
SELECT seq, request_no, body, accepted FROM messages ORDER BY seq DESC LIMIT 200
