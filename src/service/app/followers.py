"""The Lambda functions that the table's stream, the queue and the WebSocket API call."""

from app.listeners import LISTENERS
from app.stores import STORES
from roundtrip.follower_app import Followers

followers = Followers(STORES, LISTENERS)
follow = followers.follow
listen = followers.listen
socket = followers.socket
