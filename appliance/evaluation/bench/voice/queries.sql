-- name: as_the_appliance
SET ROLE appliance_system

-- name: measured
SELECT data FROM conversation_event WHERE type = 'call.measured' ORDER BY at
