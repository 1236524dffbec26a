"""Photos from somebody on the phone: a link by SMS or a code read out, good once, for one conversation, for a while.

Whoever holds one can add pictures to that conversation and learns nothing of it.
"""
