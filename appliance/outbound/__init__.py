"""Calls that the appliance makes: to whom, why, on what ground, when, how often, and what came of each.

Never without a ground that is written down, never into quiet hours, never to who has said no.
"""
