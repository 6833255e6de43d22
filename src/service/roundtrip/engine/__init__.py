"""What turns actions into state that is kept.

============  =================================================================
`engine`      the parts below, put together over one storage
`messages`    what a dispatch is asked, what it answers, what it counts
`dispatcher`  load, reduce, commit, and try again while there is time
`appending`   the transaction of a dispatch, built but not sent
`history`     reading: the newest state, an older one, the events
`cache`       the heads that this container saw last
`patience`    how long one request goes on trying
`effects`     clocks, chance and ids, injected
============  =================================================================
"""
