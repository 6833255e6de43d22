"""Roundtrip: Redux on the server, one synchronous round trip on DynamoDB.

`redux` is the pure core, `storage` keeps streams, `dispatcher` brings both together, `api` is the
Lambda edge, and `errors` holds every error.
"""
