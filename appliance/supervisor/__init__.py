"""The process tree of one installation: starts it in order, keeps it running, stops it in order.

It knows processes, not what they do. Nothing outlives it: every child dies with the supervisor, however that ends.
"""

from appliance.supervisor.model import ProcessSpec, ProcessState, Step
from appliance.supervisor.supervisor import Supervisor

__all__ = ["ProcessSpec", "ProcessState", "Step", "Supervisor"]
