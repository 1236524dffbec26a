"""What a demonstration needs beside the appliance: a shop's order system in its own process, and the shop's page."""
