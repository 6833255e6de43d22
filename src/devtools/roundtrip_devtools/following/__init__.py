"""What follows commits on the dev server, in the worker process that holds the project's code.

===========  ==================================================================================
`database`   a file with the state that outlives a worker
`shards`     reads the stream of the table
`queue`      the FIFO queue of the listeners
`calls`      records the calls of listeners, for the page
`sockets`    the WebSocket API
`following`  puts them together with the project's followers, and runs them
===========  ==================================================================================
"""
