-- All shops: how many and how old, nothing of any one.

-- name: patience
SET LOCAL statement_timeout = '3s'

-- name: standing
WITH waiting AS (
    SELECT min(received_at) AS since FROM inbound WHERE taken_by IS NULL GROUP BY shop_id, conversation_id
)
SELECT 'appliance_operations' AS name, state AS word, count(*)::float8 AS value FROM operation GROUP BY state
UNION ALL
SELECT 'appliance_operation_oldest_seconds', '', coalesce(extract(epoch FROM %(now)s - min(accepted_at)), 0)::float8
FROM operation WHERE state IN ('accepted', 'sent', 'unknown')
UNION ALL
SELECT 'appliance_audit_pending', '', count(*)::float8 FROM audit_pending
UNION ALL
SELECT 'appliance_audit_pending_oldest_seconds', '', coalesce(extract(epoch FROM %(now)s - min(occurred_at)), 0)::float8
FROM audit_pending
UNION ALL
SELECT 'appliance_audit_checkpoint_seconds', '', extract(epoch FROM %(now)s - max(created_at))::float8
FROM audit_checkpoint HAVING count(*) > 0
UNION ALL
SELECT 'appliance_turns_waiting', '', count(*)::float8 FROM waiting
UNION ALL
SELECT 'appliance_turns_waiting_oldest_seconds', '',
       coalesce(extract(epoch FROM %(now)s - (SELECT since FROM waiting ORDER BY since OFFSET %(spared)s LIMIT 1)), 0)::float8
UNION ALL
SELECT 'appliance_newcomers_waiting', '', count(*)::float8 FROM conversation
WHERE waits_turn AND pending > 0 AND due_at IS NOT NULL
UNION ALL
SELECT 'appliance_webhook_deliveries', state, count(*)::float8
FROM webhook_delivery WHERE state IN ('pending', 'dead') GROUP BY state
UNION ALL
SELECT 'appliance_webhook_oldest_seconds', '', coalesce(extract(epoch FROM %(now)s - min(made_at)), 0)::float8
FROM webhook_delivery WHERE state = 'pending'
UNION ALL
SELECT 'appliance_jobs', status::text, count(*)::float8
FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY status
