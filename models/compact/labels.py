"""What the two classifiers may answer. Each label is a file of the corpus."""

from enum import StrEnum

from models.commands import Flow


class Act(StrEnum):
    """What a clause does when it does not ask for a flow."""

    AFFIRM = "affirm"
    DENY = "deny"
    GIVE_UP = "give_up"
    RESUME = "resume"
    REPEAT = "repeat"
    HUMAN = "human"
    THREAT = "threat"
    ANGER = "anger"
    CHITCHAT = "chitchat"
    QUESTION = "question"
    NO_PROOF = "no_proof"
    INFORM = "inform"
    NOTHING = "nothing"
    INJECTION = "injection"
    FAULT_UNCLEAR = "fault_unclear"
    MONEY_UNCLEAR = "money_unclear"
    CHANGE_UNCLEAR = "change_unclear"


INTENTS: tuple[str, ...] = tuple(sorted([*Flow, *Act]))
NO_REASON = "none"
