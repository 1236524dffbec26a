"""Why a call from a page is not begun, each with a code that the page has words for."""

from appliance.errors import Conflict, Forbidden, Unavailable


class CallsOff(Forbidden):
    """The shop does not have it, or this installation has no lines for it."""

    code = "calls_off"


class NoCallConversation(Conflict):
    """A conversation that was begun in writing has not said that it records."""

    code = "no_call_conversation"


class CallHeld(Conflict):
    """In another window, perhaps."""

    code = "call_held"


class WithPeople(Conflict):
    code = "with_people"


class LinesBusy(Unavailable):
    code = "lines_busy"


class CallsAway(Unavailable):
    """The process that holds calls does not answer."""

    code = "calls_away"
