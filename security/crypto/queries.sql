-- name: latest_kek
SELECT epoch, wrapped, created_xact IS NOT DISTINCT FROM pg_current_xact_id_if_assigned() AS is_ours
FROM shop_kek
WHERE shop_id = %(shop_id)s
ORDER BY epoch DESC
LIMIT 1;

-- name: insert_kek
INSERT INTO shop_kek (shop_id, epoch, wrapped, created_at)
VALUES (%(shop_id)s, %(epoch)s, %(wrapped)s, %(now)s)
ON CONFLICT (shop_id, epoch) DO NOTHING;

-- name: insert_dek
INSERT INTO subject_dek (shop_id, subject_id, version, dek_id, suite, kek_epoch, wrapped, created_at)
SELECT shop_id, %(subject_id)s, %(version)s, %(dek_id)s, %(suite)s, epoch, %(wrapped)s, %(now)s
FROM shop_kek
WHERE shop_id = %(shop_id)s AND epoch = %(epoch)s;

-- name: select_deks
SELECT d.version, d.dek_id, d.suite, d.kek_epoch, d.wrapped, k.wrapped AS kek_wrapped,
       d.created_xact IS NOT DISTINCT FROM pg_current_xact_id_if_assigned() AS is_ours
FROM subject_dek d
LEFT JOIN shop_kek k ON k.shop_id = d.shop_id AND k.epoch = d.kek_epoch
WHERE d.shop_id = %(shop_id)s AND d.subject_id = %(subject_id)s;

-- name: destroy_deks
WITH destroyed AS (
  UPDATE subject_dek SET wrapped = NULL, kek_epoch = NULL, destroyed_at = %(now)s
  WHERE shop_id = %(shop_id)s AND subject_id = %(subject_id)s AND destroyed_at IS NULL
  RETURNING subject_id
)
SELECT count(*), pg_notify('subject_destroyed', %(shop_id)s || '/' || %(subject_id)s::text)
FROM destroyed;

-- name: select_index_key
SELECT i.version, i.kek_epoch, i.wrapped, k.wrapped AS kek_wrapped,
       i.created_xact IS NOT DISTINCT FROM pg_current_xact_id_if_assigned() AS is_ours
FROM shop_index_key i
JOIN shop_kek k ON k.shop_id = i.shop_id AND k.epoch = i.kek_epoch
WHERE i.shop_id = %(shop_id)s
ORDER BY i.version DESC
LIMIT 1;

-- name: insert_index_key
INSERT INTO shop_index_key (shop_id, version, kek_epoch, wrapped, created_at)
VALUES (%(shop_id)s, %(version)s, %(epoch)s, %(wrapped)s, %(now)s)
ON CONFLICT (shop_id, version) DO NOTHING;

-- name: deks_of_older_epochs
SELECT d.subject_id, d.version, d.dek_id, d.kek_epoch, d.wrapped, k.wrapped AS kek_wrapped
FROM subject_dek d
JOIN shop_kek k ON k.shop_id = d.shop_id AND k.epoch = d.kek_epoch
WHERE d.shop_id = %(shop_id)s AND d.kek_epoch < %(epoch)s
ORDER BY d.subject_id, d.version
LIMIT %(limit)s
FOR UPDATE OF d SKIP LOCKED;

-- name: rewrap_dek
UPDATE subject_dek SET kek_epoch = %(epoch)s, wrapped = %(wrapped)s
WHERE shop_id = %(shop_id)s AND subject_id = %(subject_id)s AND version = %(version)s AND wrapped IS NOT NULL;

-- name: rewrap_index_key
UPDATE shop_index_key SET kek_epoch = %(epoch)s, wrapped = %(wrapped)s
WHERE shop_id = %(shop_id)s AND version = %(version)s;

-- name: delete_spent_keks
DELETE FROM shop_kek k
WHERE k.shop_id = %(shop_id)s AND k.epoch < %(epoch)s
  AND NOT EXISTS (SELECT FROM subject_dek d WHERE d.shop_id = k.shop_id AND d.kek_epoch = k.epoch)
  AND NOT EXISTS (SELECT FROM shop_index_key i WHERE i.shop_id = k.shop_id AND i.kek_epoch = k.epoch);
