"""The dialogue: flows as data, a pure engine that walks them, and words rendered from facts and receipts."""
