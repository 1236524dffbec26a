-- What stands around a statement that is run by hand, and the bound under which the console's own run.

-- name: of_one_shop
BEGIN READ ONLY;
SELECT set_config('role', 'appliance_app', true), set_config('app.shop_id', %(shop)s, true)

-- name: of_all_shops
BEGIN READ ONLY;
SET LOCAL ROLE appliance_system

-- name: bound
-- Reports are for people who can wait a moment: they take one core at most, the others answer customers.
SELECT set_config('statement_timeout', %(timeout_ms)s::text, true), set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)
