"""The Lambda functions that follow commits, called by the table's stream and by the queue."""

from app.listeners import LISTENERS
from app.stores import STORES
from roundtrip.follower_app import Followers

followers = Followers(STORES, LISTENERS)
follow = followers.follow
listen = followers.listen
