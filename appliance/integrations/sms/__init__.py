"""SMS gateways of the intranet over HTTP, as a file describes them."""
