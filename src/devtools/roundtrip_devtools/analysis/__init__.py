"""Actions as tables that SQL reads: `roundtrip export`, `query` and `explore`.

============  ====================================================================
`source`      the tables that can be exported, and how they are reached
`scan`        reads the commits of a table by a scan in segments
`cut`         chooses the commits that belong to an export (pure)
`files`       the files of an export, in a directory or in S3
`heads`       what an export has of each stream
`keys`        the key of the hashes that stand for people and tenants
`export`      a run of segments, which can be ended and resumed at any moment
`processes`   does a task for many numbers in processes
`extra`       says which packages are missing
============  ====================================================================
"""
