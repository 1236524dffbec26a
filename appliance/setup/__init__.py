"""Installing, upgrading and removing the appliance: ``./install.sh`` calls this before there is any environment.

Standard library only, and nothing of ours: what needs the product is asked of its command. It never decides for a
person what destroys something.
"""
