-- name: insert_evidence
INSERT INTO evidence (shop_id, evidence_id, conversation_id, subject_id, media_type, size_bytes, width, height, sha256,
                      sealed, received_at)
VALUES (%(shop_id)s, %(evidence_id)s, %(conversation_id)s, %(subject_id)s, %(media_type)s, %(size_bytes)s, %(width)s,
        %(height)s, %(sha256)s, %(sealed)s, %(received_at)s);

-- name: select_evidence
SELECT shop_id, evidence_id, conversation_id, subject_id, media_type, size_bytes, width, height, sha256, received_at
FROM evidence
WHERE shop_id = %(shop_id)s AND evidence_id = %(evidence_id)s AND conversation_id = %(conversation_id)s;

-- name: select_sealed
SELECT sealed FROM evidence WHERE shop_id = %(shop_id)s AND evidence_id = %(evidence_id)s;

-- name: count_in_conversation
SELECT count(*) FROM evidence WHERE shop_id = %(shop_id)s AND conversation_id = %(conversation_id)s;
