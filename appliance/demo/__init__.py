"""What a demonstration needs beside the appliance: a shop's order system that runs as its own process, and its shop page."""
