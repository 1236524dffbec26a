-- What time brought to an approved return, each once: reminders, an overdue parcel, a refund that is due.

CREATE TABLE case_step (
    shop_id       text NOT NULL,
    case_id       uuid NOT NULL,
    step          text NOT NULL,
    work_order_id uuid,
    done_at       timestamptz NOT NULL,
    PRIMARY KEY (shop_id, case_id, step),
    FOREIGN KEY (shop_id, case_id) REFERENCES after_sales_case (shop_id, case_id)
);
SELECT protect_table('case_step');
