-- Every column of shops that is sealed under a subject's key, for the renewal of those keys (`sealed_columns.py`).
-- The id of the key is bytes 4 to 19 of a ciphertext.

-- name: behind_event_body
SELECT t.body_id AS row_id, d.subject_id, t.sealed AS ciphertext
FROM event_body t JOIN subject_dek d ON d.dek_id = encode(substring(t.sealed FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.body_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.body_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_event_body
UPDATE event_body SET sealed = %(ciphertext)s WHERE shop_id = %(shop_id)s AND body_id = %(row_id)s

-- name: held_event_body
SELECT DISTINCT encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid AS dek
FROM event_body
WHERE shop_id = %(shop_id)s AND encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_conversation
SELECT t.conversation_id AS row_id, d.subject_id, t.state AS ciphertext
FROM conversation t JOIN subject_dek d ON d.dek_id = encode(substring(t.state FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.conversation_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.conversation_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_conversation
UPDATE conversation SET state = %(ciphertext)s WHERE shop_id = %(shop_id)s AND conversation_id = %(row_id)s

-- name: held_conversation
SELECT DISTINCT encode(substring(state FROM 4 FOR 16), 'hex')::uuid AS dek
FROM conversation
WHERE shop_id = %(shop_id)s AND encode(substring(state FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_inbound
SELECT t.inbound_id AS row_id, d.subject_id, t.sealed AS ciphertext
FROM inbound t JOIN subject_dek d ON d.dek_id = encode(substring(t.sealed FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.inbound_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.inbound_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_inbound
UPDATE inbound SET sealed = %(ciphertext)s WHERE shop_id = %(shop_id)s AND inbound_id = %(row_id)s

-- name: held_inbound
SELECT DISTINCT encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid AS dek
FROM inbound
WHERE shop_id = %(shop_id)s AND encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_evidence
SELECT t.evidence_id AS row_id, d.subject_id, t.sealed AS ciphertext
FROM evidence t JOIN subject_dek d ON d.dek_id = encode(substring(t.sealed FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.evidence_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.evidence_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_evidence
UPDATE evidence SET sealed = %(ciphertext)s WHERE shop_id = %(shop_id)s AND evidence_id = %(row_id)s

-- name: held_evidence
SELECT DISTINCT encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid AS dek
FROM evidence
WHERE shop_id = %(shop_id)s AND encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_shop_secret
SELECT t.secret_id AS row_id, d.subject_id, t.sealed AS ciphertext
FROM shop_secret t JOIN subject_dek d ON d.dek_id = encode(substring(t.sealed FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.secret_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.secret_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_shop_secret
UPDATE shop_secret SET sealed = %(ciphertext)s WHERE shop_id = %(shop_id)s AND secret_id = %(row_id)s

-- name: held_shop_secret
SELECT DISTINCT encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid AS dek
FROM shop_secret
WHERE shop_id = %(shop_id)s AND encode(substring(sealed FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_vault_value
SELECT t.id AS row_id, d.subject_id, t.ciphertext AS ciphertext
FROM vault_value t JOIN subject_dek d ON d.dek_id = encode(substring(t.ciphertext FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_vault_value
UPDATE vault_value SET ciphertext = %(ciphertext)s WHERE shop_id = %(shop_id)s AND id = %(row_id)s

-- name: held_vault_value
SELECT DISTINCT encode(substring(ciphertext FROM 4 FOR 16), 'hex')::uuid AS dek
FROM vault_value
WHERE shop_id = %(shop_id)s AND encode(substring(ciphertext FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_shop
SELECT d.subject_id AS row_id, d.subject_id, t.secrets AS ciphertext
FROM shop t JOIN subject_dek d ON d.dek_id = encode(substring(t.secrets FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND %(after)s::uuid IS NOT NULL AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.shop_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_shop
UPDATE shop SET secrets = %(ciphertext)s WHERE shop_id = %(shop_id)s AND %(row_id)s::uuid IS NOT NULL

-- name: held_shop
SELECT DISTINCT encode(substring(secrets FROM 4 FOR 16), 'hex')::uuid AS dek
FROM shop
WHERE shop_id = %(shop_id)s AND encode(substring(secrets FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_signing_client
SELECT t.client_id AS row_id, d.subject_id, t.secret AS ciphertext
FROM signing_client t JOIN subject_dek d ON d.dek_id = encode(substring(t.secret FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.client_id > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.client_id
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put_signing_client
UPDATE signing_client SET secret = %(ciphertext)s WHERE shop_id = %(shop_id)s AND client_id = %(row_id)s

-- name: held_signing_client
SELECT DISTINCT encode(substring(secret FROM 4 FOR 16), 'hex')::uuid AS dek
FROM signing_client
WHERE shop_id = %(shop_id)s AND encode(substring(secret FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])
