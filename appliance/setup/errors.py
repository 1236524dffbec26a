"""What an installation stops with: one line that says what was found, and its cure."""


class Refused(Exception):
    """Nothing more is done."""

    def __init__(self, found: str, cure: str) -> None:
        super().__init__(f"{found}. Cure: {cure}")
        self.found = found
        self.cure = cure


class StepFailed(Refused):
    """One step did not come to its end; what it had begun is gone on with, or rolled back."""
