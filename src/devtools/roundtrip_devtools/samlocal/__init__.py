"""The API in the real sam local, with a DynamoDB that its containers reach.

=============  ======================================================================
`server`       builds, starts ``sam local start-api`` and leaves nothing behind
`database`     DynamoDB Local, or one that runs already, with the table
`bridge`       lets containers, and nobody else, reach a port of the loopback interface
`docker`       what is asked of Docker
`image`        the image that holds the Lambda runtime
=============  ======================================================================
"""
