-- name: insert_account
INSERT INTO staff_account
  (staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, created_by,
   last_used_at)
VALUES
  (%(staff_id)s, %(login_digest)s, %(login)s, %(name)s, %(roles)s, %(shops)s, %(level)s, %(categories)s, %(state)s,
   %(rights_mac)s, %(now)s, %(created_by)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: select_account
SELECT staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, last_used_at
FROM staff_account WHERE staff_id = %(staff_id)s;

-- name: lock_account
SELECT staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, last_used_at
FROM staff_account WHERE staff_id = %(staff_id)s FOR UPDATE;

-- name: select_account_by_login
SELECT staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, last_used_at
FROM staff_account WHERE login_digest = %(login_digest)s;

-- name: select_accounts
SELECT staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, last_used_at
FROM staff_account ORDER BY created_at, staff_id;

-- name: lock_all
SELECT staff_id, login_digest, login, name, roles, shops, level, categories, state, rights_mac, created_at, last_used_at
FROM staff_account ORDER BY staff_id FOR UPDATE;

-- name: remake_account
UPDATE staff_account SET login_digest = %(login_digest)s, rights_mac = %(rights_mac)s WHERE staff_id = %(staff_id)s;

-- name: update_rights
UPDATE staff_account
SET roles = %(roles)s, shops = %(shops)s, level = %(level)s, categories = %(categories)s, state = %(state)s,
    rights_mac = %(rights_mac)s
WHERE staff_id = %(staff_id)s;

-- name: update_login
UPDATE staff_account SET login_digest = %(login_digest)s, login = %(login)s, name = %(name)s
WHERE staff_id = %(staff_id)s AND login_digest IS NULL
  AND NOT EXISTS (SELECT FROM staff_account WHERE login_digest = %(login_digest)s);

-- name: touch_account
UPDATE staff_account SET last_used_at = %(now)s WHERE staff_id = %(staff_id)s;

-- name: lock_accounts
SELECT pg_advisory_xact_lock(hashtextextended('appliance.access.accounts', 0));

-- name: count_active
SELECT role, level, categories, count(*) FROM staff_account, unnest(roles) AS role
WHERE state = 'active' GROUP BY role, level, categories;

-- name: select_unused
SELECT staff_id FROM staff_account WHERE state = 'active' AND last_used_at < %(before)s ORDER BY last_used_at;

-- name: select_passwords
SELECT hash, set_at FROM staff_password WHERE staff_id = %(staff_id)s ORDER BY number DESC;

-- name: insert_password
INSERT INTO staff_password (staff_id, number, hash, set_at)
SELECT %(staff_id)s, coalesce(max(number), 0) + 1, %(hash)s, %(now)s FROM staff_password WHERE staff_id = %(staff_id)s;

-- name: forget_passwords
DELETE FROM staff_password
WHERE staff_id = %(staff_id)s
  AND number <= (SELECT max(number) - %(keep)s FROM staff_password WHERE staff_id = %(staff_id)s);

-- name: put_totp
INSERT INTO staff_totp (staff_id, seed, last_step, since) VALUES (%(staff_id)s, %(seed)s, %(step)s, %(now)s)
ON CONFLICT (staff_id) DO UPDATE SET seed = excluded.seed, last_step = excluded.last_step, since = excluded.since;

-- name: select_totp
SELECT seed, last_step FROM staff_totp WHERE staff_id = %(staff_id)s;

-- name: spend_step
UPDATE staff_totp SET last_step = %(step)s WHERE staff_id = %(staff_id)s AND last_step < %(step)s;

-- name: delete_totp
DELETE FROM staff_totp WHERE staff_id = %(staff_id)s;

-- name: insert_passkey
INSERT INTO staff_passkey (passkey_id, staff_id, credential_id, public_key, sign_count, created_at)
VALUES (%(passkey_id)s, %(staff_id)s, %(credential_id)s, %(public_key)s, %(sign_count)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: select_passkeys
SELECT passkey_id, credential_id, public_key, sign_count, created_at, last_used_at FROM staff_passkey
WHERE staff_id = %(staff_id)s ORDER BY created_at;

-- name: spend_passkey
UPDATE staff_passkey SET sign_count = %(sign_count)s, last_used_at = %(now)s
WHERE passkey_id = %(passkey_id)s AND (sign_count < %(sign_count)s OR sign_count = 0 AND %(sign_count)s = 0);

-- name: delete_passkey
DELETE FROM staff_passkey WHERE staff_id = %(staff_id)s AND passkey_id = %(passkey_id)s;

-- name: delete_passkeys
DELETE FROM staff_passkey WHERE staff_id = %(staff_id)s;

-- name: insert_token
INSERT INTO staff_token (token_id, sha256, purpose, staff_id, issued_by, sealed, issued_at, expires_at)
VALUES (%(token_id)s, %(sha256)s, %(purpose)s, %(staff_id)s, %(issued_by)s, %(sealed)s, %(now)s, %(expires_at)s);

-- name: select_token
SELECT token_id, staff_id, issued_by, sealed FROM staff_token
WHERE sha256 = %(sha256)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > %(now)s;

-- name: update_token
UPDATE staff_token SET sealed = %(sealed)s WHERE token_id = %(token_id)s AND used_at IS NULL;

-- name: use_token
UPDATE staff_token SET used_at = %(now)s
WHERE token_id = %(token_id)s AND used_at IS NULL AND expires_at > %(now)s;

-- name: void_tokens
UPDATE staff_token SET used_at = %(now)s
WHERE staff_id = %(staff_id)s AND purpose = ANY (%(purposes)s) AND used_at IS NULL
  AND (%(by)s::uuid IS NULL OR issued_by = %(by)s);

-- name: insert_ticket
INSERT INTO staff_ticket (sha256, staff_id, login_digest, challenge, expires_at)
VALUES (%(sha256)s, %(staff_id)s, %(login_digest)s, %(challenge)s, %(expires_at)s);

-- name: select_ticket
SELECT sha256, staff_id, login_digest, challenge FROM staff_ticket
WHERE sha256 = %(sha256)s AND used_at IS NULL AND expires_at > %(now)s;

-- name: use_ticket
UPDATE staff_ticket SET used_at = %(now)s WHERE sha256 = %(sha256)s AND used_at IS NULL;

-- name: lock_login
SELECT pg_advisory_xact_lock(hashtextextended('appliance.access.login/' || encode(%(login_digest)s, 'hex'), 0));

-- name: standing
SELECT
  (SELECT count(*) FROM staff_attempt
    WHERE login_digest = %(login_digest)s AND at > %(since)s AND NOT while_locked) AS failures,
  (SELECT count(*) FROM staff_attempt WHERE source_digest = %(source_digest)s AND at > %(since)s) AS from_source,
  (SELECT locked_until FROM staff_lock WHERE login_digest = %(login_digest)s AND locked_until > %(now)s) AS locked_until;

-- name: insert_attempt
INSERT INTO staff_attempt (attempt_id, login_digest, source_digest, while_locked, at)
VALUES (%(attempt_id)s, %(login_digest)s, %(source_digest)s, %(while_locked)s, %(now)s);

-- name: delete_attempt
DELETE FROM staff_attempt WHERE attempt_id = %(attempt_id)s;

-- name: delete_attempts
DELETE FROM staff_attempt WHERE login_digest = %(login_digest)s AND NOT while_locked;

-- name: put_lock
INSERT INTO staff_lock (login_digest, locked_until) VALUES (%(login_digest)s, %(until)s)
ON CONFLICT (login_digest) DO UPDATE SET locked_until = excluded.locked_until;

-- name: insert_session
INSERT INTO staff_session
  (session_id, sha256, staff_id, factor, session_mac, place, created_at, last_seen_at, ends_at)
VALUES
  (%(session_id)s, %(sha256)s, %(staff_id)s, %(factor)s, %(session_mac)s, %(place)s, %(now)s, %(now)s, %(ends_at)s);

-- name: select_session
SELECT s.session_id, s.staff_id, s.factor, s.session_mac, s.created_at, s.last_seen_at, s.ends_at,
       a.roles, a.shops, a.level, a.categories, a.state, a.rights_mac,
       (SELECT max(p.set_at) FROM staff_password p WHERE p.staff_id = s.staff_id) AS password_set_at
FROM staff_session s JOIN staff_account a USING (staff_id)
WHERE s.sha256 = %(sha256)s AND s.ended_at IS NULL;

-- name: touch_session
UPDATE staff_session SET last_seen_at = %(now)s WHERE session_id = %(session_id)s AND ended_at IS NULL;

-- name: select_live_sessions
SELECT session_id, staff_id, sha256, factor, session_mac, place, created_at, last_seen_at, ends_at FROM staff_session
WHERE (%(staff_id)s::uuid IS NULL OR staff_id = %(staff_id)s)
  AND ended_at IS NULL AND ends_at > %(now)s AND last_seen_at > %(seen_after)s
ORDER BY created_at;

-- name: lock_open_sessions
SELECT session_id, sha256, staff_id, factor, session_mac, created_at, ends_at FROM staff_session
WHERE ended_at IS NULL ORDER BY session_id FOR UPDATE;

-- name: remake_session
UPDATE staff_session SET session_mac = %(session_mac)s WHERE session_id = %(session_id)s;

-- name: end_session
UPDATE staff_session SET ended_at = %(now)s, ended_by = %(ended_by)s
WHERE session_id = %(session_id)s AND staff_id = %(staff_id)s AND ended_at IS NULL;

-- name: end_sessions
UPDATE staff_session SET ended_at = %(now)s, ended_by = %(ended_by)s
WHERE staff_id = %(staff_id)s AND ended_at IS NULL AND session_id IS DISTINCT FROM %(but)s;

-- name: insert_change
INSERT INTO access_change
  (change_id, kind, staff_id, rights, proposed_by, proposed_at, state, decided_by, decided_at, in_bootstrap)
VALUES
  (%(change_id)s, %(kind)s, %(staff_id)s, %(rights)s, %(proposed_by)s, %(now)s, %(state)s, %(decided_by)s, %(decided_at)s,
   %(in_bootstrap)s);

-- name: select_change
SELECT change_id, kind, staff_id, rights, proposed_by, proposed_at, state, decided_by, decided_at, confirmed_by,
       in_bootstrap AND confirmed_at IS NULL AND kind <> 'disable' AND state = 'applied' AND (
         SELECT a.state <> 'disabled' FROM staff_account a WHERE a.staff_id = access_change.staff_id
       ) AS is_unconfirmed
FROM access_change
WHERE change_id = %(change_id)s FOR UPDATE;

-- name: select_changes
SELECT change_id, kind, staff_id, rights, proposed_by, proposed_at, state, decided_by, decided_at, confirmed_by,
       in_bootstrap AND confirmed_at IS NULL AND kind <> 'disable' AND state = 'applied' AND (
         SELECT a.state <> 'disabled' FROM staff_account a WHERE a.staff_id = access_change.staff_id
       ) AS is_unconfirmed
FROM access_change
ORDER BY proposed_at DESC LIMIT %(limit)s;

-- name: decide_change
UPDATE access_change SET state = %(state)s, decided_by = %(decided_by)s, decided_at = %(now)s
WHERE change_id = %(change_id)s AND state = 'proposed';

-- name: select_unconfirmed
SELECT c.change_id, c.staff_id FROM access_change c JOIN staff_account a USING (staff_id)
WHERE c.in_bootstrap AND c.confirmed_at IS NULL AND c.kind <> 'disable' AND c.state = 'applied' AND a.state <> 'disabled'
ORDER BY c.proposed_at, c.change_id;

-- name: confirm_change
UPDATE access_change SET confirmed_by = %(staff_id)s, confirmed_at = %(now)s
WHERE change_id = %(change_id)s AND confirmed_at IS NULL;

-- name: select_phase
SELECT bootstrapped_at, live_at, live_by FROM access_phase;

-- name: insert_phase
INSERT INTO access_phase (bootstrapped_at) VALUES (%(now)s) ON CONFLICT DO NOTHING;

-- name: go_live
UPDATE access_phase SET live_at = %(now)s, live_by = %(staff_id)s WHERE live_at IS NULL;

-- name: never_set_up
SELECT staff_id FROM staff_account
WHERE created_by IS NULL AND state = 'invited' AND login_digest IS NULL ORDER BY created_at, staff_id;

-- name: forget_tickets
DELETE FROM staff_ticket;

-- name: forget_attempts
DELETE FROM staff_attempt;

-- name: forget_locks
DELETE FROM staff_lock;

-- name: tidy_tokens
DELETE FROM staff_token WHERE expires_at < %(week_ago)s;

-- name: tidy_tickets
DELETE FROM staff_ticket WHERE expires_at < %(day_ago)s;

-- name: tidy_attempts
DELETE FROM staff_attempt WHERE at < %(day_ago)s;

-- name: tidy_locks
DELETE FROM staff_lock WHERE locked_until < %(day_ago)s;

-- name: end_stale_sessions
UPDATE staff_session
SET ended_at = %(now)s, ended_by = CASE WHEN ends_at <= %(now)s THEN 'age' ELSE 'idle' END
WHERE ended_at IS NULL AND (ends_at <= %(now)s OR last_seen_at <= %(seen_after)s);

-- name: tidy_sessions
DELETE FROM staff_session WHERE ended_at < %(quarter_ago)s;

-- name: insert_client
INSERT INTO signing_client (shop_id, client_id, name, scopes, secret, created_at)
VALUES (%(shop_id)s, %(client_id)s, %(name)s, %(scopes)s, %(secret)s, %(now)s);

-- name: select_client
SELECT client_id, name, scopes, secret, created_at, revoked_at, last_used_at,
       ARRAY(SELECT sha256 FROM client_certificate b WHERE (b.shop_id, b.client_id) = (c.shop_id, c.client_id)) AS bound,
       (SELECT state FROM client_proposal p WHERE (p.shop_id, p.client_id) = (c.shop_id, c.client_id)) AS agreement
FROM signing_client c
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s;

-- name: select_clients
SELECT client_id, name, scopes, secret, created_at, revoked_at, last_used_at,
       ARRAY(SELECT sha256 FROM client_certificate b WHERE (b.shop_id, b.client_id) = (c.shop_id, c.client_id)) AS bound,
       (SELECT state FROM client_proposal p WHERE (p.shop_id, p.client_id) = (c.shop_id, c.client_id)) AS agreement
FROM signing_client c
WHERE shop_id = %(shop_id)s ORDER BY created_at;

-- name: bind_certificate
INSERT INTO client_certificate (shop_id, client_id, sha256, bound_at)
SELECT shop_id, client_id, %(sha256)s, %(now)s FROM signing_client
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND revoked_at IS NULL
ON CONFLICT DO NOTHING;

-- name: unbind_certificate
DELETE FROM client_certificate WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND sha256 = %(sha256)s;

-- name: revoke_client
UPDATE signing_client SET revoked_at = %(now)s
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND revoked_at IS NULL;

-- name: touch_client
UPDATE signing_client SET last_used_at = %(now)s WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s;

-- name: spend_nonce
INSERT INTO client_nonce (shop_id, client_id, nonce, at) VALUES (%(shop_id)s, %(client_id)s, %(nonce)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: forget_nonces
DELETE FROM client_nonce WHERE shop_id = %(shop_id)s AND at < %(before)s;

-- name: insert_client_proposal
INSERT INTO client_proposal (shop_id, client_id, name, scopes, proposed_by, proposed_at)
VALUES (%(shop_id)s, %(client_id)s, %(name)s, %(scopes)s, %(by)s, %(now)s);

-- name: take_back_client_proposal
UPDATE client_proposal SET state = 'refused', decided_at = %(now)s
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND state = 'proposed';

-- name: select_client_proposals
SELECT shop_id, client_id, name, scopes, proposed_by, proposed_at FROM client_proposal
WHERE state = 'proposed' ORDER BY proposed_at, client_id;

-- name: select_client_proposal
SELECT shop_id, client_id, name, scopes, proposed_by, proposed_at FROM client_proposal
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND state = 'proposed' FOR UPDATE;

-- name: decide_client_proposal
UPDATE client_proposal SET state = %(state)s, decided_by = %(by)s, decided_at = %(now)s
WHERE shop_id = %(shop_id)s AND client_id = %(client_id)s AND state = 'proposed';
