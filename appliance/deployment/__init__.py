"""What keeps the processes and lets out nothing else: rules, units and lists, made from the settings.

Everything here is text that an administrator reads before it is put in force. Nothing is installed or loaded.
"""
