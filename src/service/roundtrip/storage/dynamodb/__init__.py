"""Streams in one DynamoDB table.

==============  ====================================================================
`items`         converts records to items and back; computes their sizes (pure)
`checkpoints`   the same for checkpoints, which may have several items (pure)
`texts`         texts as attributes, compressed if that makes them smaller (pure)
`effects`       the marks of what listeners must not do twice (pure)
`appends`       the items of a transaction, and what it costs (pure)
`requests`      builds the request of each DynamoDB call (pure)
`endpoint`      finds region and URL in the environment (pure)
`keys`          what a request is signed with
`credentials`   gets keys from where Lambda puts them, and renews them
`profile`       gets settings and keys from AWS's files, with botocore
`signature`     signs requests (pure)
`connection`    sends bytes over kept connections
`client`        calls DynamoDB and says what every failure means
`adapter`       implements the storage with it
`sockets`       keeps what push needs in the same table
`socket_items`  converts tickets, connections and followers to items and back (pure)
==============  ====================================================================

Roundtrip calls DynamoDB itself, because it needs few operations and Lambda starts in a third of the
time without an SDK.
"""
