"""The staff's API: log in, look after one's own account, administer accounts. The console speaks it."""
