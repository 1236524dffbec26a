-- Of each column of shops that is sealed under a subject's key, for the renewal of those keys (`sealed_columns.py`, which
-- puts in {table}, {row} and {sealed}). The id of the key is bytes 4 to 19 of a ciphertext.

-- name: behind
SELECT t.{row} AS row_id, d.subject_id, t.{sealed} AS ciphertext
FROM {table} t JOIN subject_dek d ON d.dek_id = encode(substring(t.{sealed} FROM 4 FOR 16), 'hex')::uuid
WHERE t.shop_id = %(shop_id)s AND t.{row} > %(after)s AND EXISTS (
  SELECT FROM subject_dek n
  WHERE n.shop_id = d.shop_id AND n.subject_id = d.subject_id AND n.version > d.version AND n.wrapped IS NOT NULL
)
ORDER BY t.{row}
LIMIT %(limit)s
FOR UPDATE OF t SKIP LOCKED

-- name: put
UPDATE {table} SET {sealed} = %(ciphertext)s WHERE shop_id = %(shop_id)s AND {row} = %(row_id)s

-- name: held
SELECT DISTINCT encode(substring({sealed} FROM 4 FOR 16), 'hex')::uuid AS dek
FROM {table}
WHERE shop_id = %(shop_id)s AND encode(substring({sealed} FROM 4 FOR 16), 'hex')::uuid = ANY (%(deks)s::uuid[])

-- name: behind_shop
-- One row a shop, without an id of its own.
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

-- name: drawn
-- Some of what stands in a column, by chance, of whoever was not erased. Read whole: for a drill, not for a request.
SELECT t.shop_id, t.{row} AS row_id, d.subject_id, t.{sealed} AS ciphertext
FROM {table} t JOIN subject_dek d ON d.dek_id = encode(substring(t.{sealed} FROM 4 FOR 16), 'hex')::uuid
WHERE t.{sealed} IS NOT NULL AND d.shop_id = t.shop_id AND d.wrapped IS NOT NULL
ORDER BY random()
LIMIT %(limit)s
