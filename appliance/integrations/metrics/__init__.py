"""Figures for a monitoring system: how often, how long, how many wait. Of the whole machine, and of no person."""
