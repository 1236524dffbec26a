-- name: of
SELECT id, subject_id, type, placeholder, identity, is_last_four, ciphertext FROM vault_value
WHERE shop_id = %(shop_id)s AND conversation_id = %(conversation_id)s

-- name: put
INSERT INTO vault_value
  (shop_id, id, conversation_id, subject_id, type, placeholder, identity, is_last_four, ciphertext, created_at)
SELECT %(shop_id)s, id, %(conversation_id)s, %(subject_id)s, type, placeholder, identity, is_last_four, ciphertext,
       %(now)s
FROM unnest(
  %(ids)s::uuid[], %(types)s::text[], %(placeholders)s::text[], %(identities)s::text[], %(last_fours)s::boolean[],
  %(ciphertexts)s::bytea[]
) AS given (id, type, placeholder, identity, is_last_four, ciphertext)

-- name: get
SELECT id, subject_id, type, placeholder, identity, is_last_four, ciphertext FROM vault_value
WHERE shop_id = %(shop_id)s AND conversation_id = %(conversation_id)s AND placeholder = ANY (%(placeholders)s::text[])

-- name: lock_reveals
SELECT pg_advisory_xact_lock(hashtextextended('appliance.pii.reveals/' || %(staff_id)s::text, 0))

-- name: forget_reveals
DELETE FROM vault_reveal WHERE staff_id = %(staff_id)s AND at <= %(since)s

-- name: count_reveal
INSERT INTO vault_reveal (reveal_id, staff_id, at)
SELECT %(reveal_id)s, %(staff_id)s, %(now)s
WHERE (SELECT count(*) FROM vault_reveal WHERE staff_id = %(staff_id)s) < %(most)s
