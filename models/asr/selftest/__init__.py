"""A speech model for installation checks and CI only: trained by scripts here on what eSpeak NG says.

It knows eSpeak's voices and the shop's words. It proves that the path works; of human callers it says nothing.
"""
