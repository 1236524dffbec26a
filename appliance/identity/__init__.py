"""Who speaks: shops, their customers (proved by a token the shop signs) and their systems (proved by an API key).

Staff and their passwords are ``security.access``; nothing here knows them.
"""
