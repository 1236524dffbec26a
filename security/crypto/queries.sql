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
SELECT i.version, i.algorithm, i.kek_epoch, i.wrapped, k.wrapped AS kek_wrapped,
       i.created_xact IS NOT DISTINCT FROM pg_current_xact_id_if_assigned() AS is_ours
FROM shop_index_key i
JOIN shop_kek k ON k.shop_id = i.shop_id AND k.epoch = i.kek_epoch
WHERE i.shop_id = %(shop_id)s
ORDER BY i.version DESC
LIMIT 1;

-- name: insert_index_key
INSERT INTO shop_index_key (shop_id, version, algorithm, kek_epoch, wrapped, created_at)
SELECT shop_id, %(version)s, %(algorithm)s, epoch, %(wrapped)s, %(now)s
FROM shop_kek
WHERE shop_id = %(shop_id)s AND epoch = %(epoch)s
ON CONFLICT (shop_id, version) DO NOTHING;

-- name: index_version
SELECT version FROM shop_index_key WHERE shop_id = %(shop_id)s ORDER BY version DESC LIMIT 1;

-- name: share_index
SELECT pg_advisory_xact_lock_shared(hashtextextended('security.crypto.index/' || %(shop_id)s, 0));

-- name: hold_index
SELECT pg_advisory_xact_lock(hashtextextended('security.crypto.index/' || %(shop_id)s, 0));

-- name: delete_index_keys_before
DELETE FROM shop_index_key WHERE shop_id = %(shop_id)s AND version < %(version)s;

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

-- name: shops_with_keys
SELECT DISTINCT shop_id FROM shop_kek ORDER BY shop_id;

-- name: all_keks
SELECT shop_id, epoch, wrapped FROM shop_kek ORDER BY shop_id, epoch FOR UPDATE;

-- name: replace_kek
UPDATE shop_kek SET wrapped = %(wrapped)s WHERE shop_id = %(shop_id)s AND epoch = %(epoch)s;

-- name: older_epochs
SELECT count(*) FROM shop_kek WHERE shop_id = %(shop_id)s AND epoch < %(epoch)s;

-- name: rotation_under_way
SELECT rotation_id, target, moved FROM key_rotation
WHERE layer = %(layer)s AND place = %(place)s AND finished_at IS NULL
FOR UPDATE;

-- name: begin_rotation
INSERT INTO key_rotation (rotation_id, layer, place, target, started_at)
VALUES (%(rotation_id)s, %(layer)s, %(place)s, %(target)s, %(now)s);

-- name: advance_rotation
UPDATE key_rotation SET moved = moved + %(moved)s WHERE rotation_id = %(rotation_id)s;

-- name: finish_rotation
UPDATE key_rotation SET finished_at = %(now)s WHERE rotation_id = %(rotation_id)s;

-- name: subjects_with_old_keys
SELECT subject_id FROM (
  SELECT subject_id, max(created_at) AS newest FROM subject_dek
  WHERE shop_id = %(shop_id)s AND wrapped IS NOT NULL
  GROUP BY subject_id
) AS living
WHERE newest < %(before)s AND subject_id > %(after)s
ORDER BY subject_id
LIMIT %(limit)s;

-- name: superseded_versions
-- A successor has been there since before the grace began.
SELECT d.subject_id, d.dek_id FROM subject_dek d
WHERE d.shop_id = %(shop_id)s AND d.wrapped IS NOT NULL AND d.dek_id > %(after)s
  AND EXISTS (
    SELECT FROM subject_dek n
    WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version
      AND n.wrapped IS NOT NULL AND n.created_at < %(before)s
  )
ORDER BY d.dek_id
LIMIT %(limit)s;

-- name: tell_subject_changed
SELECT pg_notify('subject_destroyed', %(shop_id)s || '/' || %(subject_id)s::text);

-- name: retire_versions
UPDATE subject_dek SET wrapped = NULL, kek_epoch = NULL, destroyed_at = %(now)s WHERE dek_id = ANY (%(deks)s::uuid[]);

-- name: rotation_moved
SELECT moved FROM key_rotation WHERE rotation_id = %(rotation_id)s;

-- name: newest_version
SELECT max(version) FILTER (WHERE wrapped IS NOT NULL) FROM subject_dek
WHERE shop_id = %(shop_id)s AND subject_id = %(subject_id)s;

-- name: standing_of_shops
-- A subject is erased once no version of its key has a secret left; an old version alone goes also by a renewal.
WITH newest AS (
  SELECT shop_id, max(epoch) AS epoch FROM shop_kek GROUP BY shop_id
), subjects AS (
  SELECT shop_id, subject_id, count(d.kek_epoch) AS living, count(*) FILTER (WHERE d.kek_epoch < n.epoch) AS behind
  FROM subject_dek d JOIN newest n USING (shop_id) GROUP BY shop_id, subject_id
), sums AS (
  SELECT shop_id, count(*) FILTER (WHERE living > 0) AS subjects, count(*) FILTER (WHERE living = 0) AS erased,
         sum(behind)::bigint AS behind
  FROM subjects GROUP BY shop_id
)
SELECT k.shop_id, max(k.epoch) AS epoch, max(k.created_at) AS epoch_since, count(*) - 1 AS older_epochs,
       coalesce(max(s.subjects), 0) AS subjects, coalesce(max(s.behind), 0) AS behind, coalesce(max(s.erased), 0) AS erased
FROM shop_kek k LEFT JOIN sums s USING (shop_id)
GROUP BY k.shop_id ORDER BY k.shop_id;

-- name: latest_rotations
SELECT layer, place, target, moved, started_at, finished_at,
       CASE WHEN finished_at IS NULL AND layer = 'shop' THEN
         (SELECT count(*) FROM subject_dek d WHERE d.shop_id = r.place AND d.kek_epoch < r.target)
            WHEN finished_at IS NULL AND layer = 'root' THEN greatest((SELECT count(*) FROM shop_kek) - moved, 0)
       END AS remaining
FROM key_rotation r
ORDER BY finished_at IS NOT NULL, started_at DESC
LIMIT %(limit)s;

-- name: copies
SELECT kind, generation, made_at FROM key_copy ORDER BY kind;

-- name: remember_copy
INSERT INTO key_copy (kind, generation, made_at) VALUES (%(kind)s, %(generation)s, %(now)s)
ON CONFLICT (kind) DO UPDATE SET generation = excluded.generation, made_at = excluded.made_at;

-- name: wait_briefly
SET LOCAL lock_timeout = '500ms';
