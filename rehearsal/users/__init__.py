"""Real users: a process that sends requests at a steady rate and says how each ended."""

from .users import Users, UsersError
from .visitors import Answered, Visitors

__all__ = ["Answered", "Users", "UsersError", "Visitors"]
