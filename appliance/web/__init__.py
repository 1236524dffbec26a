"""The HTTP edge that every API stands on: one application, one shape of errors, headers, health and documentation.

It knows no business: channels and consoles bring their own routers.
"""
