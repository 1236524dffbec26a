"""Recording of calls: what nobody may hear again is silenced in memory, and only what is left is written, sealed.

It knows nothing of turns, wires and engines: a call feeds it with audio and final transcripts.
"""
