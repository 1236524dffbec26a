-- Whether a shop's pages have a button for a call. Off until the shop wants it.
ALTER TABLE shop_widget ADD COLUMN has_calls boolean NOT NULL DEFAULT false;
