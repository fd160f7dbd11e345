"""Watch: a page on this machine that follows a running training."""

from .follow import Follower, Watched
from .server import PageServer

__all__ = ["Follower", "PageServer", "Watched"]
