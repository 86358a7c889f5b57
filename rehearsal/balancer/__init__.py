"""A real load balancer for one environment."""

from .balancer import Balancer
from .caddy import caddy_version
from .configuration import HEADER
from .parts import Access, BalancerError, Group, Listener, Start

__all__ = [
    "HEADER",
    "Access",
    "Balancer",
    "BalancerError",
    "Group",
    "Listener",
    "Start",
    "caddy_version",
]
