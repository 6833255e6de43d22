"""Keeps streams.

================  ==================================================================
`records`         the records of a stream: head, commits, receipts
`receipts`        converts the outcomes in a receipt to text and back
`port`            the `Storage` protocol that every storage implements
`memory`          streams in memory
`dynamodb`        streams in one DynamoDB table
`sockets`         the tickets, connections and followers of push, and their protocol
`memory_sockets`  these in memory
================  ==================================================================
"""
