-- Versions of policy, in the shop's own scope. A version is named by its id, or by the twelve characters that end it.

-- name: propose_version
-- A refused one may be proposed again. No row: it is proposed, published or recalled already.
INSERT INTO policy_version (shop_id, policy, effective_from, files, state, proposed_by, proposed_at)
VALUES (%(shop)s, %(policy)s, %(effective_from)s, %(files)s, 'proposed', %(by)s, %(now)s)
ON CONFLICT (shop_id, policy) DO UPDATE
SET state = 'proposed', proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at,
    decided_by = NULL, decided_at = NULL
WHERE policy_version.state = 'refused'

-- name: version_to_decide
SELECT policy, effective_from, state, proposed_by, proposed_at, decided_by, decided_at, recalled_by, recalled_at
FROM policy_version
WHERE shop_id = %(shop)s AND right(policy, 12) = right(%(policy)s, 12)
FOR UPDATE

-- name: decide_version
UPDATE policy_version SET state = %(state)s, decided_by = %(by)s, decided_at = %(now)s
WHERE shop_id = %(shop)s AND policy = %(policy)s

-- name: recall_version
UPDATE policy_version SET state = 'recalled', recalled_by = %(by)s, recalled_at = %(now)s
WHERE shop_id = %(shop)s AND policy = %(policy)s

-- name: tell_of_versions
SELECT pg_notify('policy_published', %(shop)s)

-- name: versions
SELECT policy, effective_from, state, proposed_by, proposed_at, decided_by, decided_at, recalled_by, recalled_at
FROM policy_version
WHERE shop_id = %(shop)s
ORDER BY proposed_at DESC
LIMIT 200

-- name: version_files
SELECT policy, files FROM policy_version WHERE shop_id = %(shop)s AND right(policy, 12) = right(%(policy)s, 12)

-- name: published
SELECT policy FROM policy_version WHERE shop_id = %(shop)s AND state = 'published' ORDER BY effective_from
