"""What opening a bundle may end with. Standard library only, so that it runs where nothing is installed."""


class BundleRefused(Exception):
    """This is not the bundle that was signed, or not for this machine. The message says what, and what to do."""


class NoRoom(BundleRefused):
    """The disk does not hold it."""
