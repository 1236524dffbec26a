"""Reports of suites as one HTML file each: nothing is fetched, nothing runs in it."""
