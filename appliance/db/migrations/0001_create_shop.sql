-- The tenant. Everything else carries its shop_id.

CREATE TABLE shop (
    shop_id      text PRIMARY KEY CHECK (shop_id <> ''),
    name         text NOT NULL,
    persona      jsonb NOT NULL DEFAULT '{}',
    order_system jsonb NOT NULL DEFAULT '{}',
    secrets      bytea,
    created_at   timestamptz NOT NULL DEFAULT now()
);
SELECT protect_table('shop');

-- Jobs are deferred inside a shop's own transaction; taking and ending them is the worker's, which is of the system.
GRANT SELECT, INSERT ON procrastinate_jobs TO appliance_app;
GRANT INSERT ON procrastinate_events TO appliance_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON procrastinate_jobs, procrastinate_events, procrastinate_workers, procrastinate_periodic_defers
    TO appliance_system;
GRANT USAGE
    ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq
    TO appliance_app, appliance_system;
GRANT USAGE
    ON SEQUENCE procrastinate_workers_id_seq, procrastinate_periodic_defers_id_seq
    TO appliance_system;
