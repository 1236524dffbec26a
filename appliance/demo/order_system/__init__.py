"""A demo order system: REST/JSON like a mid-sized shop's, its own process, storage and vocabulary.

It imports nothing of the appliance: the two meet over HTTP only, through a mapping file. Real money never moves here.
"""
