"""The product: conversations, after-sales cases and the channels that reach them."""
