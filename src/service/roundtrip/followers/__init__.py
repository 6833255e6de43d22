"""What follows a commit, read from the table's stream; the API's function loads none of it.

============  ===========================================================================
`commits`     reads the records of the table's stream (pure)
`follower`    hands commits to sinks, and reports which of them failed
`aws_queue`   the sink that puts commits with listeners into a FIFO queue
`listeners`   `listener`: declares a function that is called after an action (pure)
`context`     what a listener can read, dispatch and do once
`runner`      calls listeners with the messages of the queue
`poster`      sends messages to connected clients: a protocol
`sockets`     connects clients by their tickets, and lets them follow streams
`pokes`       the sink that tells followers of new versions
`rows`        actions as rows of a table, for analysis (pure)
`aws_sockets` sends messages through API Gateway
============  ===========================================================================

`roundtrip.follower_app` puts them together.
"""

from roundtrip.followers.listeners import Listener, listener

__all__ = ["Listener", "listener"]
