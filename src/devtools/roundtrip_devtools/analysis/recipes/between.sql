-- For each subject, from its first action of the one type to the first one of the other type after that.
WITH taken AS (
    -- An actor's actions are in the order of time; those of one commit have the same time.
    SELECT subject, type, recorded_at,
           CASE WHEN $by = 'actor'
                THEN date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', recorded_at) * 1000000 + version
                ELSE version END AS place
    FROM (
        SELECT CASE WHEN $by <> 'actor' THEN concat(namespace, '/', store, '/', id)
                    WHEN actor NOT LIKE 'listener:%' THEN actor END AS subject,
               type, recorded_at, version
        -- Copies of a row change nothing here, and to leave them out would take as long as all the rest.
        FROM raw_actions
        WHERE type IN ($start, $end) AND ($store = '' OR store = $store)
    ) AS chosen
    WHERE subject IS NOT NULL
),
began AS (
    SELECT subject, min(place) AS place, min_by(recorded_at, place) AS began_at
    FROM taken WHERE type = $start GROUP BY subject
),
ended AS (
    SELECT began.subject, date_diff('millisecond', min(began.began_at), min_by(taken.recorded_at, taken.place)) AS ms
    FROM began JOIN taken ON taken.subject = began.subject AND taken.place > began.place
    WHERE taken.type = $end GROUP BY began.subject
),
sorted AS (
    SELECT CASE WHEN ended.subject IS NULL THEN 9
                WHEN ms < 1000 THEN 1
                WHEN ms < 10000 THEN 2
                WHEN ms < 60000 THEN 3
                WHEN ms < 600000 THEN 4
                WHEN ms < 3600000 THEN 5
                WHEN ms < 86400000 THEN 6
                WHEN ms < 604800000 THEN 7
                ELSE 8 END AS bucket
    FROM began LEFT JOIN ended ON ended.subject = began.subject
),
buckets AS (
    SELECT 1 AS bucket, 'under 1 second' AS time_between
    UNION ALL SELECT 2, 'under 10 seconds'
    UNION ALL SELECT 3, 'under 1 minute'
    UNION ALL SELECT 4, 'under 10 minutes'
    UNION ALL SELECT 5, 'under 1 hour'
    UNION ALL SELECT 6, 'under 1 day'
    UNION ALL SELECT 7, 'under 7 days'
    UNION ALL SELECT 8, '7 days or more'
    UNION ALL SELECT 9, 'not yet'
),
counted AS (
    SELECT buckets.bucket, buckets.time_between, count(sorted.bucket) AS number
    FROM buckets LEFT JOIN sorted ON sorted.bucket = buckets.bucket
    GROUP BY buckets.bucket, buckets.time_between
)
SELECT time_between, number,
       coalesce(CAST(number AS double) / nullif(sum(number) OVER (), 0), 0) AS share,
       coalesce(CAST(sum(number) OVER (
           ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
       ) AS double) / nullif(sum(number) OVER (), 0), 0) AS share_so_far
FROM counted
ORDER BY bucket
