"""Streams in one DynamoDB table.

==========  =======================================================================
`items`     converts records to items and back; computes their sizes (pure)
`requests`  builds the request of each DynamoDB call (pure)
`adapter`   sends the requests with boto3 and translates its errors
==========  =======================================================================
"""
