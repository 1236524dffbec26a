-- name: insert_shop
INSERT INTO shop (shop_id, name, created_at) VALUES (%(shop_id)s, %(name)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: rename_shop
UPDATE shop SET name = %(name)s WHERE shop_id = %(shop_id)s
RETURNING pg_notify('shop_changed', shop_id);

-- name: select_shop
SELECT shop_id, name, created_at FROM shop WHERE shop_id = %(shop_id)s;

-- name: select_shops
SELECT shop_id, name, created_at FROM shop ORDER BY shop_id;

-- name: insert_secret
INSERT INTO shop_secret (shop_id, secret_id, purpose, sealed, created_at)
VALUES (%(shop_id)s, %(secret_id)s, %(purpose)s, %(sealed)s, %(at)s);

-- name: retire_secrets
UPDATE shop_secret SET valid_until = %(until)s
WHERE shop_id = %(shop_id)s AND purpose = %(purpose)s AND (valid_until IS NULL OR valid_until > %(until)s);

-- name: select_secrets
SELECT secret_id, purpose, sealed, created_at, valid_until FROM shop_secret
WHERE shop_id = %(shop_id)s AND (valid_until IS NULL OR valid_until > %(at)s)
ORDER BY valid_until DESC NULLS FIRST, created_at DESC;

-- name: insert_api_key
INSERT INTO api_key (shop_id, key_id, name, secret_sha256, scopes, created_at)
VALUES (%(shop_id)s, %(key_id)s, %(name)s, %(secret_sha256)s, %(scopes)s, %(at)s);

-- name: select_api_key
SELECT shop_id, key_id, name, scopes, created_at, revoked_at, last_used_at, secret_sha256,
       (SELECT state FROM client_proposal p WHERE (p.shop_id, p.client_id) = (k.shop_id, k.key_id)) AS agreement
FROM api_key k
WHERE shop_id = %(shop_id)s AND key_id = %(key_id)s;

-- name: select_api_keys
SELECT shop_id, key_id, name, scopes, created_at, revoked_at, last_used_at, secret_sha256,
       (SELECT state FROM client_proposal p WHERE (p.shop_id, p.client_id) = (k.shop_id, k.key_id)) AS agreement
FROM api_key k
WHERE shop_id = %(shop_id)s ORDER BY created_at;

-- name: touch_api_key
UPDATE api_key SET last_used_at = %(at)s
WHERE shop_id = %(shop_id)s AND key_id = %(key_id)s AND (last_used_at IS NULL OR last_used_at <= %(before)s);

-- name: revoke_api_key
UPDATE api_key SET revoked_at = %(at)s
WHERE shop_id = %(shop_id)s AND key_id = %(key_id)s AND revoked_at IS NULL;

-- name: update_link
UPDATE shop SET order_system = %(order_system)s, secrets = %(sealed)s WHERE shop_id = %(shop_id)s
RETURNING pg_notify('shop_changed', shop_id);

-- name: select_link
SELECT order_system, secrets, persona, name FROM shop WHERE shop_id = %(shop_id)s;

-- name: update_persona
UPDATE shop SET persona = %(persona)s WHERE shop_id = %(shop_id)s
RETURNING pg_notify('shop_changed', shop_id);

-- name: upsert_widget
INSERT INTO shop_widget (shop_id, origins, accent, avatar, has_calls, updated_at)
VALUES (%(shop_id)s, %(origins)s, %(accent)s, %(avatar)s, %(has_calls)s, %(at)s)
ON CONFLICT (shop_id) DO UPDATE
SET origins = EXCLUDED.origins, accent = EXCLUDED.accent, avatar = EXCLUDED.avatar, has_calls = EXCLUDED.has_calls,
    updated_at = EXCLUDED.updated_at
RETURNING pg_notify('shop_changed', shop_id);

-- name: select_widget
SELECT name, persona, coalesce(origins, '{}') AS origins, accent, avatar,
       coalesce(has_calls, false) AS has_calls
FROM shop LEFT JOIN shop_widget USING (shop_id)
WHERE shop_id = %(shop_id)s;
