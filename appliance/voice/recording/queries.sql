-- name: insert_recording
INSERT INTO recording (shop_id, recording_id, conversation_id, subject_id, begun_at)
VALUES (%(shop_id)s, %(recording_id)s, %(conversation_id)s, %(subject_id)s, %(begun_at)s);

-- name: insert_chunk
INSERT INTO recording_chunk (shop_id, chunk_id, recording_id, subject_id, place, sealed, marks)
VALUES (%(shop_id)s, %(chunk_id)s, %(recording_id)s, %(subject_id)s, %(place)s, %(sealed)s, %(marks)s)
ON CONFLICT (shop_id, chunk_id) DO NOTHING;

-- name: end_recording
UPDATE recording
SET ended_at = %(ended_at)s, ending = %(ending)s, chunks = %(chunks)s, length_ms = %(length_ms)s,
    silenced_ms = %(silenced_ms)s, sha256 = %(sha256)s
WHERE shop_id = %(shop_id)s AND recording_id = %(recording_id)s
  AND (ended_at IS NULL OR (ending = 'broken' AND %(ending)s = 'refused'));

-- name: delete_chunks
DELETE FROM recording_chunk WHERE shop_id = %(shop_id)s AND recording_id = %(recording_id)s;

-- name: of_conversation
SELECT shop_id, recording_id, conversation_id, subject_id, begun_at, ended_at, ending, chunks, length_ms, silenced_ms,
       sha256
FROM recording
WHERE shop_id = %(shop_id)s AND conversation_id = %(conversation_id)s
ORDER BY begun_at, recording_id;

-- name: chunks
SELECT place, sealed, marks FROM recording_chunk
WHERE shop_id = %(shop_id)s AND recording_id = %(recording_id)s
ORDER BY place;

-- name: delete_old
DELETE FROM recording WHERE begun_at < %(before)s RETURNING shop_id;

-- name: lost
SELECT shop_id, recording_id, conversation_id, subject_id, begun_at
FROM recording
WHERE ended_at IS NULL AND begun_at < %(before)s
ORDER BY begun_at
LIMIT 100;
