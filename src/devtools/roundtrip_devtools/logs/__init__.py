"""Work on the event logs of deployed services: verify, record, migrate, repair, erase.

=========== ======================================================================
`log`       a log: the streams that it holds, and their events
`table`     the log in a DynamoDB table
`export`    the log in an export of a table
`account`   what the code makes of a stream
`workers`   processes that replay streams by the code of a project
`release`   another revision of the project's code
`verify`    replays a log, also by two revisions of the code in lockstep
`record`    keeps histories as files, which the test kit replays
`migrate`   keeps checkpoints for the revision that is about to be deployed
`repair`    rebuilds the head of a stream from its events
`erase`     deletes all that a table holds of streams
=========== ======================================================================
"""
