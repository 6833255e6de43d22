"""The API in the real sam local, with a DynamoDB that its containers can reach."""
